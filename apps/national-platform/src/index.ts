export { type NationalPlatformOptions, startNationalPlatform } from './app.ts';
