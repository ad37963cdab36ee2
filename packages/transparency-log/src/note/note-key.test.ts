import { createPrivateKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeNoteKey, noteSigner, parseVerifierKey, verifierKeyText } from './note-key.ts';

// From C2SP signed-note.
const EXAMPLE = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

it('reads and prints the verifier key of the specification', () => {
  const key = parseVerifierKey(EXAMPLE);
  expect(key.name).toBe('example.com/foo');
  expect(verifierKeyText(key)).toBe(EXAMPLE);
});

it('prints a key that was made here as one that is read', () => {
  const signer = noteSigner('ticket-check/audit', createPrivateKey(makeNoteKey()));
  expect(parseVerifierKey(verifierKeyText(signer))).toMatchObject({ name: signer.name, keyId: signer.keyId });
});

it.each([
  ['another id', EXAMPLE.replace('530d903a', '530d903b')],
  ['another name', EXAMPLE.replace('foo', 'bar')],
  ['another algorithm', EXAMPLE.replace('Aeky', 'Beky')],
  ['a part of a key', EXAMPLE.slice(0, -4)],
  ['a name with a space', EXAMPLE.replace('foo', 'f o')],
  ['no key', 'example.com/foo'],
])('refuses %s', (_, text) => {
  expect(() => parseVerifierKey(text)).toThrow(TypeError);
});

it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b'])('names no key %j', (name) => {
  expect(() => noteSigner(name, createPrivateKey(makeNoteKey()))).toThrow(TypeError);
});
