// @module-tag slow
import { generateKeyPairSync } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { SCHEME_ALGORITHM as algorithm } from '@ticket-check/protocol';
import { turnsDuring } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { algorithm as ed25519 } from '../testing/ed25519.ts';
import { createSigner } from './signer.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const texts = Array.from({ length: 200 }, (_, n) => `text ${n}`);

test.each(algorithm.forms)('signs many texts at once as it signs a lone one, in the form %s', async (form) => {
  const signer = createSigner({ algorithm, privateKey, form });
  onTestFinished(() => signer.close());
  const expected = texts.map((text) => algorithm.sign(text, privateKey, form));
  expect(await Promise.all(texts.map(signer.sign))).toEqual(expected);
  // By now, or soon, by threads.
  expect(await Promise.all(texts.map(signer.sign))).toEqual(expected);
  expect(await signer.sign('a lone one')).toBe(algorithm.sign('a lone one', privateKey, form));
});

test('signs in threads by the algorithm of the key', async () => {
  const pair = await ed25519.generateKeyPair();
  const signer = createSigner({ algorithm: ed25519, privateKey: pair.privateKey, form: 'hex' });
  onTestFinished(() => signer.close());
  const expected = texts.map((text) => ed25519.sign(text, pair.privateKey, 'hex'));
  const signAll = async () => expect(await Promise.all(texts.map(signer.sign))).toEqual(expected);
  await expect.poll(() => turnsDuring(signAll)).toBeGreaterThan(texts.length / 10);
});

test('lets the event loop go on while many are signed, once its threads are there', async () => {
  const signer = createSigner({ algorithm, privateKey, form: 'hex' });
  onTestFinished(() => signer.close());
  const signAll = () => turnsDuring(() => Promise.all(texts.map(signer.sign)));
  // Nobody waits for threads that are only starting.
  expect(await signAll()).toBeLessThan(3);
  await expect.poll(signAll).toBeGreaterThan(texts.length / 10);
});

test('signs without threads where they cannot be started', async () => {
  const pair = await ed25519.generateKeyPair();
  const nowhere = { ...ed25519, module: 'file:///nowhere/algorithm.ts' };
  const signer = createSigner({ algorithm: nowhere, privateKey: pair.privateKey, form: 'hex' });
  const failed = new Promise((resolve) => {
    const noteThread = (thread: Worker) => thread.once('error', resolve);
    process.once('worker', noteThread);
    onTestFinished(() => void process.off('worker', noteThread));
  });
  const expected = texts.map((text) => ed25519.sign(text, pair.privateKey, 'hex'));
  expect(await Promise.all(texts.map(signer.sign))).toEqual(expected);
  await failed;
  expect(await Promise.all(texts.map(signer.sign))).toEqual(expected);
  await signer.close();
});

test('signs also once it is closed', async () => {
  const signer = createSigner({ algorithm, privateKey, form: 'hex' });
  await Promise.all(texts.map(signer.sign));
  await signer.close();
  expect(await Promise.all(texts.map(signer.sign))).toEqual(texts.map((text) => algorithm.sign(text, privateKey)));
});
