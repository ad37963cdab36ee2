export { keysStored } from './keys-stored.ts';
