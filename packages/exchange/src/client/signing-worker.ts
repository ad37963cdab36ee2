import type { KeyObject } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import type { SignatureAlgorithm } from '@ticket-check/protocol';

export type SigningTask = {
  /** The file of the algorithm. */
  readonly module: string;
  readonly privateKey: KeyObject;
  readonly form: string;
};

const { module, privateKey, form } = workerData as SigningTask;
// Functions cannot be sent to a thread.
const { algorithm } = (await import(module)) as { algorithm: SignatureAlgorithm };

export default (text: string): string => algorithm.sign(text, privateKey, form);
