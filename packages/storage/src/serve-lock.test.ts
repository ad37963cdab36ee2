import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeServeLock } from './serve-store.ts';
import { aDirectory } from './testing/directory.ts';
import { OtherProcess } from './testing/other-process.ts';
import { refusal } from './testing/refusal.ts';

const taken = refusal('SERVED_ALREADY', /^Another process serves from .* already; stop it first\.$/);

test('one process has the right to serve from a directory, until it is killed', { tags: 'process' }, async () => {
  const dataDir = join(aDirectory(), 'data');
  const [first, second] = [await OtherProcess.start(), await OtherProcess.start()];
  expect(await first.ask({ do: 'serve', dataDir })).toBe('serving');
  expect(await second.ask({ do: 'serve', dataDir })).toBe('SERVED_ALREADY');
  expect(() => takeServeLock(dataDir)).toThrow(taken);
  await first.kill();
  // Nobody waits: what the process held is free in the moment in which it is gone.
  expect(await second.ask({ do: 'serve', dataDir })).toBe('serving');
});

test('the same process does not get it twice either, and may give it back', () => {
  const dataDir = aDirectory();
  const lock = takeServeLock(dataDir);
  expect(() => takeServeLock(dataDir)).toThrow(taken);
  lock.release();
  lock.release();
  takeServeLock(dataDir).release();
});

test('says which directory cannot be used', () => {
  const dataDir = join(aDirectory(), 'file');
  writeFileSync(dataDir, '');
  chmodSync(dataDir, 0o600);
  expect(() => takeServeLock(dataDir)).toThrow(refusal('CANNOT_OPEN', dataDir));
});
