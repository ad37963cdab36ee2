export { freePort } from './free-port.ts';
export { turnsDuring } from './turns-during.ts';
