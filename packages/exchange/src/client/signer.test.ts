import { generateKeyPairSync } from 'node:crypto';
import { PAYLOAD_FORMS, sign } from '@ticket-check/protocol';
import { turnsDuring } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createSigner } from './signer.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const texts = Array.from({ length: 200 }, (_, n) => `text ${n}`);

test.each(PAYLOAD_FORMS)('signs many texts at once as it signs a lone one, in the form %s', async (form) => {
  const signer = createSigner({ privateKey, form });
  onTestFinished(() => signer.close());
  const signatures = await Promise.all(texts.map(signer.sign));
  expect(signatures).toEqual(texts.map((text) => sign(text, privateKey, form)));
  expect(await signer.sign('a lone one')).toBe(sign('a lone one', privateKey, form));
});

test('lets the event loop go on while many are signed', async () => {
  const signer = createSigner({ privateKey, form: 'hex' });
  onTestFinished(() => signer.close());
  expect(await turnsDuring(() => Promise.all(texts.map(signer.sign)))).toBeGreaterThan(texts.length / 10);
});
