export { diagnose, type Signer } from './diagnose.ts';
