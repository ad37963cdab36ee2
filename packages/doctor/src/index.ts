export { type DiagnoseOptions, type Diagnosis, diagnose, type Mistake, type Signer } from './diagnose.ts';
