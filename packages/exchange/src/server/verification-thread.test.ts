import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import {
  type KeyPair,
  readEnvelope,
  SCHEME_ALGORITHM,
  type SignatureAlgorithm,
  wallClockAt,
  writeRequest,
} from '@ticket-check/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { callerOf, NOON } from '../testing/account-fixture.ts';
import { algorithm as ed25519 } from '../testing/ed25519.ts';
import { VerificationThread } from './verification-thread.ts';

const [ours, another, short] = [2048, 2048, 1024].map((modulusLength) => generateKeyPairSync('rsa', { modulusLength }));

function startVerification(): VerificationThread {
  const verification = new VerificationThread();
  onTestFinished(() => verification.close());
  return verification;
}

/** What is asked of one turn, and what comes of it. */
function questions(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const signer = [ours!, short!, another!][index % 3]!;
    const body = callerOf(`caller-${index}`, signer.privateKey).request('GetPublicKeys', { Note: `影院 ${index}` });
    // White space that was not signed, in every fifth.
    const sent = index % 5 === 0 ? body.replace('{"Note":', '{ "Note" : ') : body;
    // Every third was made with another key than it is held to.
    const key = signer === another ? ours!.publicKey : signer.publicKey;
    return { request: readEnvelope(Buffer.from(sent)), key, verified: signer !== another };
  });
}

function ask(verification: VerificationThread, asked: ReturnType<typeof questions>): Promise<boolean[]> {
  return Promise.all(asked.map(({ request, key }) => verification.verify(request, key, SCHEME_ALGORITHM)));
}

test.each([1, 7, 8, 9, 100])('verifies %d requests of one turn, each by its own key', async (count) => {
  const verification = startVerification();
  for (let turn = 0; turn < 3; turn += 1) {
    const asked = questions(count);
    expect(await ask(verification, asked)).toEqual(asked.map(({ verified }) => verified));
  }
});

test('verifies in the thread by the algorithm of each key', async () => {
  const verification = startVerification();
  const started = once(process, 'worker') as Promise<[Worker]>;
  const pairs: [SignatureAlgorithm, KeyPair][] = [
    [SCHEME_ALGORITHM, ours!],
    [ed25519, await ed25519.generateKeyPair()],
  ];
  const asked = Array.from({ length: 40 }, (_, index) => {
    const [algorithm, { publicKey: key, privateKey }] = pairs[index % 2]!;
    const content = { datetime: wallClockAt(NOON), username: 'one', api: 'GetPublicKeys', query: { index } };
    const request = readEnvelope(Buffer.from(writeRequest({ ...content, privateKey, algorithm })));
    return index % 3 === 0 ? { request: { ...request, api: 'Other' }, key, algorithm } : { request, key, algorithm };
  });
  const answers = await Promise.all(
    asked.map(({ request, key, algorithm }) => verification.verify(request, key, algorithm)),
  );
  expect(answers).toEqual(asked.map(({ request }) => request.api === 'GetPublicKeys'));
  const [worker] = await started;
  // Where it had failed, the calling thread would have verified in its place.
  expect(worker.threadId).toBeGreaterThan(0);
});

test('finds no signature in a block that is larger than any key', async () => {
  const asked = questions(20).map(({ request, key }) => {
    const signature = Buffer.alloc(SCHEME_ALGORITHM.signatureLength(key), 0xff).toString('base64');
    return { request: { ...request, signature }, key, verified: false };
  });
  expect(await ask(startVerification(), asked)).toEqual(asked.map(() => false));
});

test('answers turns that overlap, each with its own answers', async () => {
  const verification = startVerification();
  const turns: ReturnType<typeof questions>[] = [];
  const answers: Promise<boolean[]>[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const asked = questions(20 + turn);
    turns.push(asked);
    answers.push(ask(verification, asked));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(answers)).toEqual(turns.map((asked) => asked.map(({ verified }) => verified)));
});

test('answers all the same when its thread ends before it is done, and goes on with another', async () => {
  const verification = startVerification();
  const started = once(process, 'worker') as Promise<[Worker]>;
  const first = questions(40);
  const answers = ask(verification, first);
  const [worker] = await started;
  await worker.terminate();
  expect(await answers).toEqual(first.map(({ verified }) => verified));
  const restarted = once(process, 'worker');
  const second = questions(40);
  expect(await ask(verification, second)).toEqual(second.map(({ verified }) => verified));
  await restarted;
});

test('answers what is asked for around its end', async () => {
  const verification = startVerification();
  const before = questions(40);
  const answers = ask(verification, before);
  const closed = verification.close();
  const after = questions(40);
  expect(await ask(verification, after)).toEqual(after.map(({ verified }) => verified));
  await closed;
  expect(await answers).toEqual(before.map(({ verified }) => verified));
});
