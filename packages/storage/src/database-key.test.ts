import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { loadOrCreateKey } from './database-key.ts';
import { aDirectory } from './testing/directory.ts';
import { OtherProcess } from './testing/other-process.ts';
import { refusal } from './testing/refusal.ts';

let path: string;

beforeEach(() => {
  path = join(aDirectory(), 'database.key');
});

test('makes a key that only the owner can read, and gives the same one from then on', () => {
  const key = loadOrCreateKey(path);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(['database.key']);
  expect(loadOrCreateKey(path)).toBe(key);
});

test('takes a key file that an operator wrote, with or without a line end', () => {
  writeFileSync(path, `${'AB'.repeat(32)}\r\n`, { mode: 0o600 });
  expect(loadOrCreateKey(path)).toBe('AB'.repeat(32));
});

test.each(['', 'secret', 'ab'.repeat(31), 'ab'.repeat(33), `${'ab'.repeat(32)} x`])(
  'refuses a key file that holds "%s" and leaves it as it is',
  (text) => {
    writeFileSync(path, text, { mode: 0o600 });
    expect(() => loadOrCreateKey(path)).toThrow(refusal('BAD_KEY', '64 hex digits'));
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

test('refuses a directory that does not exist', () => {
  expect(() => loadOrCreateKey(join(path, 'nowhere'))).toThrow(refusal('CANNOT_OPEN', 'cannot be made'));
});

test('warns of a key file that others can read, and uses it unchanged', async () => {
  const key = loadOrCreateKey(path);
  chmodSync(path, 0o644);
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  expect(loadOrCreateKey(path)).toBe(key);
  expect((await warned).message).toContain(path);
  expect(statSync(path).mode & 0o777).toBe(0o644);
});

test('gives two processes that start at once the same key', { tags: 'process' }, async () => {
  const others = await Promise.all([OtherProcess.start(), OtherProcess.start()]);
  for (let round = 0; round < 50; round += 1) {
    const request = { do: 'key', path: `${path}.${round}` } as const;
    const [one, two] = await Promise.all(others.map((other) => other.ask(request)));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).toBe(one);
  }
});
