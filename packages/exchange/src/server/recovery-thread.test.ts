import { generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { RecoveryThread } from './recovery-thread.ts';

const [ours, another, short] = [2048, 2048, 1024].map((modulusLength) => generateKeyPairSync('rsa', { modulusLength }));

function startRecovery(): RecoveryThread {
  const recovery = new RecoveryThread();
  onTestFinished(() => recovery.close());
  return recovery;
}

/** What is asked of one turn, and what comes of it. */
function questions(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const signer = [ours!, short!, another!][index % 3]!;
    const payload = Buffer.from(`payload ${index} \u00ff`, 'latin1');
    const block = privateEncrypt(signer.privateKey, payload);
    // Every third was made with another key than it is held to.
    const key = signer === another ? ours!.publicKey : signer.publicKey;
    return { block, key, payload: signer === another ? null : payload };
  });
}

function ask(recovery: RecoveryThread, asked: ReturnType<typeof questions>): Promise<(Buffer | null)[]> {
  return Promise.all(asked.map(({ block, key }) => recovery.recover(block, key)));
}

test.each([1, 7, 8, 9, 100])('recovers %d payloads of one turn, each by its own key', async (count) => {
  const recovery = startRecovery();
  for (let turn = 0; turn < 3; turn += 1) {
    const asked = questions(count);
    expect(await ask(recovery, asked)).toEqual(asked.map(({ payload }) => payload));
  }
});

test('finds nothing in a block that is larger than any key', async () => {
  const asked = questions(20).map(({ key, block }) => ({
    key,
    block: Buffer.alloc(block.length, 0xff),
    payload: null,
  }));
  expect(await ask(startRecovery(), asked)).toEqual(asked.map(() => null));
});

test('answers turns that overlap, each with its own payloads', async () => {
  const recovery = startRecovery();
  const turns: ReturnType<typeof questions>[] = [];
  const answers: Promise<(Buffer | null)[]>[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const asked = questions(20 + turn);
    turns.push(asked);
    answers.push(ask(recovery, asked));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(answers)).toEqual(turns.map((asked) => asked.map(({ payload }) => payload)));
});

test('answers all the same when its thread ends before it is done, and goes on with another', async () => {
  const recovery = startRecovery();
  const started = once(process, 'worker') as Promise<[Worker]>;
  const first = questions(40);
  const answers = ask(recovery, first);
  const [worker] = await started;
  await worker.terminate();
  expect(await answers).toEqual(first.map(({ payload }) => payload));
  const restarted = once(process, 'worker');
  const second = questions(40);
  expect(await ask(recovery, second)).toEqual(second.map(({ payload }) => payload));
  await restarted;
});

test('answers what is asked for around its end', async () => {
  const recovery = startRecovery();
  const before = questions(40);
  const answers = ask(recovery, before);
  const closed = recovery.close();
  const after = questions(40);
  expect(await ask(recovery, after)).toEqual(after.map(({ payload }) => payload));
  await closed;
  expect(await answers).toEqual(before.map(({ payload }) => payload));
});
