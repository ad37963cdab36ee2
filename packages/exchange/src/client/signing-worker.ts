import type { KeyObject } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { loadAlgorithm } from '../load-algorithm.ts';

/** What every text is signed with. */
export type SigningTask = {
  /** The file of the algorithm. */
  readonly module: string;
  readonly privateKey: KeyObject;
  readonly form: string;
};

const { module, privateKey, form } = workerData as SigningTask;
const algorithm = await loadAlgorithm(module);

export default (text: string): string => algorithm.sign(text, privateKey, form);
