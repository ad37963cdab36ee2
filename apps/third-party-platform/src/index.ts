export { startThirdPartyPlatform, type ThirdPartyPlatformOptions } from './app.ts';
