// @module-tag slow
import { generateKeyPairSync } from 'node:crypto';
import { SCHEME_ALGORITHM as algorithm, sm2Sm3 } from '@ticket-check/protocol';
import { turnsDuring } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
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

test('signs in threads by the algorithm of the key, under its user id', async () => {
  const sm2 = sm2Sm3('a-user');
  const pair = await sm2.generateKeyPair();
  const signer = createSigner({ algorithm: sm2, privateKey: pair.privateKey, form: 'der' });
  onTestFinished(() => signer.close());
  const verifies = (text: string, signature: string) =>
    sm2.verify([text], sm2.readSignature(signature) ?? Buffer.alloc(0), pair.publicKey);
  async function signAll() {
    const signed = await Promise.all(texts.map(signer.sign));
    expect(texts.filter((text, n) => !verifies(text, signed[n] ?? ''))).toEqual([]);
  }
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
