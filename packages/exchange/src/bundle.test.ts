import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Bundle, bundleCinemaCodes, cinemaCodesOf, formatBundle, readBundle, writeNewFile } from './bundle.ts';

const directory = mkdtempSync(join(tmpdir(), 'ticket-check-bundle-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
const freshPath = () => {
  files += 1;
  return join(directory, `${files}.json`);
};

const writeNewBundle = (path: string, make: () => Promise<Bundle>) =>
  writeNewFile(path, 0o600, async () => formatBundle(await make()));

const BUNDLE: Bundle = {
  Url: 'https://check.example.com:9000',
  Username: 'chain-7',
  PrivateKey: '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n',
  CaCertificate: '-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n',
  CinemaCodes: ['11062601'],
};

test('a bundle is read as it was written, from a file that only its owner can read', async () => {
  const path = freshPath();
  await writeNewBundle(path, async () => BUNDLE);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(BUNDLE);
  expect(await readBundle(path)).toEqual(BUNDLE);
});

test('a bundle of a platform whose certificate machines trust anyway holds no CA', async () => {
  const path = freshPath();
  await writeNewBundle(path, async () => ({ ...BUNDLE, CaCertificate: null }));
  expect(JSON.parse(readFileSync(path, 'utf8'))).not.toHaveProperty('CaCertificate');
  expect((await readBundle(path)).CaCertificate).toBeNull();
});

test('a bundle of a caller that made its key pair itself holds no private key', async () => {
  const path = freshPath();
  await writeNewBundle(path, async () => ({ ...BUNDLE, PrivateKey: null }));
  expect(JSON.parse(readFileSync(path, 'utf8'))).not.toHaveProperty('PrivateKey');
  expect((await readBundle(path)).PrivateKey).toBeNull();
});

test('all cinemas are all cinemas again after reading', async () => {
  const path = freshPath();
  await writeNewBundle(path, async () => ({ ...BUNDLE, CinemaCodes: bundleCinemaCodes('all') }));
  expect(cinemaCodesOf(await readBundle(path))).toBe('all');
  expect(cinemaCodesOf(BUNDLE)).toEqual(['11062601']);
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
  ['no JSON', 'hello secret', 'The bundle is not JSON.'],
  ['a list', '["secret"]', 'The bundle is not a JSON object.'],
  ['no Url', JSON.stringify({ ...BUNDLE, Url: '' }), 'The bundle has no usable Url.'],
  ['an empty key', JSON.stringify({ ...BUNDLE, PrivateKey: '' }), 'The bundle has no usable PrivateKey.'],
  ['a key that is no text', JSON.stringify({ ...BUNDLE, PrivateKey: 7 }), 'The bundle has no usable PrivateKey.'],
  [
    'a wrong cinema',
    JSON.stringify({ ...BUNDLE, CinemaCodes: ['1'] }),
    `The bundle's CinemaCodes hold "1", which is no cinema code.`,
  ],
  [
    'cinemas that are no list',
    JSON.stringify({ ...BUNDLE, CinemaCodes: '11062601' }),
    'The bundle has no usable CinemaCodes.',
  ],
])('%s is refused with one sentence that tells no secret', async (_name, text, message) => {
  const path = freshPath();
  writeFileSync(path, text);
  await expect(readBundle(path)).rejects.toMatchObject({ expected: true, message });
});

test('a file that is not there is named', async () => {
  await expect(readBundle(join(directory, 'none.json'))).rejects.toMatchObject({
    expected: true,
    message: expect.stringMatching(/none\.json cannot be read \(ENOENT\)/),
  });
});
