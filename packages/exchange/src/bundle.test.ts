import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type Bundle, bundleCinemaCodes, formatBundle, readBundle, writeNewFile } from './bundle.ts';

const freshPath = () => join(aDirectory(), 'bundle.json');

const writeNewBundle = (path: string, make: () => Promise<Bundle>) =>
  writeNewFile(path, 0o600, async () => formatBundle(await make()));

const BUNDLE: Bundle = {
  Url: 'https://check.example.com:9000',
  Username: 'chain-7',
  PrivateKey: '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n',
  CaCertificate: '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n',
  CinemaCodes: ['11062601'],
};

test.each<[string, Partial<Bundle>]>([
  ['', {}],
  ['of a platform whose certificate machines trust anyway, without a CA', { CaCertificate: null }],
  ['of a caller that made its key pair itself, without a private key', { PrivateKey: null }],
  ['for all cinemas', { CinemaCodes: bundleCinemaCodes('all') }],
])('a bundle %s is read as it was written, from a file that only its owner can read', async (_, changes) => {
  const path = freshPath();
  const bundle = { ...BUNDLE, ...changes };
  await writeNewBundle(path, async () => bundle);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const present = Object.entries(bundle).filter(([, value]) => value !== null);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(Object.fromEntries(present));
  expect(await readBundle(path)).toEqual(bundle);
});

test('an existing file is not overwritten: it may hold the only copy of a key', async () => {
  const path = freshPath();
  writeFileSync(path, 'precious');
  let made = false;
  const writing = writeNewBundle(path, async () => {
    made = true;
    return BUNDLE;
  });
  await expect(writing).rejects.toMatchObject({ expected: true, message: expect.stringMatching(/exists already/) });
  expect(made).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

test('no file is left behind where the bundle could not be made', async () => {
  const path = freshPath();
  const writing = writeNewBundle(path, async () => {
    throw new Error('taken');
  });
  await expect(writing).rejects.toThrow('taken');
  expect(() => statSync(path)).toThrow();
});

test.each([
  ['no JSON', 'hello secret', 'The bundle is not a JSON object.'],
  ['a list', '["secret"]', 'The bundle is not a JSON object.'],
  ['no Url', JSON.stringify({ ...BUNDLE, Url: '' }), 'The bundle has no usable Url.'],
  ['an empty key', JSON.stringify({ ...BUNDLE, PrivateKey: '' }), 'The bundle has no usable PrivateKey.'],
  ['a key that is no text', JSON.stringify({ ...BUNDLE, PrivateKey: 7 }), 'The bundle has no usable PrivateKey.'],
  ['a wrong cinema', JSON.stringify({ ...BUNDLE, CinemaCodes: ['1'] }), /CinemaCodes hold "1", which is no cinema/],
  ['no list of cinemas', JSON.stringify({ ...BUNDLE, CinemaCodes: '1' }), 'The bundle has no usable CinemaCodes.'],
])('%s is refused with one sentence that tells no secret', async (_name, text, message) => {
  const path = freshPath();
  writeFileSync(path, text);
  await expect(readBundle(path)).rejects.toMatchObject({ expected: true });
  await expect(readBundle(path)).rejects.toThrow(message);
  await expect(readBundle(path)).rejects.not.toThrow('secret');
});
