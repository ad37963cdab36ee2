import type { KeyObject } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
// Not the whole package: the thread needs no messages, and loading zod costs several times what all the rest does.
import { verifySignature } from '@ticket-check/protocol/signature';
import { loadAlgorithm } from '../load-algorithm.ts';
import type { Task } from './verification-thread.ts';

const keys = new Map<number, { key: KeyObject; algorithm: SignatureAlgorithm }>();

async function verifyAll({ forget, newKeys, keyNumbers, requests }: Task): Promise<boolean[]> {
  if (forget) keys.clear();
  for (const { number, key, module } of newKeys) keys.set(number, { key, algorithm: await loadAlgorithm(module) });
  return requests.map((request, index) => {
    const known = keys.get(keyNumbers[index] ?? -1);
    if (known === undefined) throw new Error('a request came before its key');
    return verifySignature(request, known.key, known.algorithm);
  });
}

// Tasks are answered in their order, also where one has to load its algorithm first.
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: Task) => {
  last = last.then(async () => parentPort?.postMessage(await verifyAll(task)));
});
