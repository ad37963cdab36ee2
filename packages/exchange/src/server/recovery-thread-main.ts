import type { KeyObject } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
// Not the whole package: the thread needs no messages, and loading zod costs several times what all the rest does.
import { recoverPayload } from '@ticket-check/protocol/signature';
import type { Blocks, Payloads } from './recovery-thread.ts';

const keys = new Map<number, KeyObject>();

function recoverAll({ forget, newKeys, keyNumbers, lengths, blocks }: Blocks): Payloads {
  if (forget) keys.clear();
  for (const { number, key } of newKeys) keys.set(number, key);
  const bytes = Buffer.from(blocks.buffer);
  let start = 0;
  return lengths.map((length, index) => {
    const key = keys.get(keyNumbers[index] ?? -1);
    if (key === undefined) throw new Error('a block came before its key');
    const block = bytes.subarray(start, start + length);
    start += length;
    return recoverPayload(block, key)?.toString('latin1') ?? null;
  });
}

parentPort?.on('message', (asked: Blocks) => parentPort?.postMessage(recoverAll(asked)));
