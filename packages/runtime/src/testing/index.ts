export { turnsDuring } from './turns-during.ts';
