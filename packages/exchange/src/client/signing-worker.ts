import type { KeyObject } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import type { SignatureAlgorithm } from '@ticket-check/protocol';

export type SigningTask = {
  readonly module: string;
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly form: string;
};

const { module, name, privateKey, form } = workerData as SigningTask;
// Functions cannot be sent to a thread.
const { algorithm: plain } = (await import(module)) as { algorithm: SignatureAlgorithm };
const algorithm = plain.name === name ? plain : (plain.variant?.(name.slice(plain.name.length + 1)) ?? plain);

export default (text: string): string => algorithm.sign(text, privateKey, form);
