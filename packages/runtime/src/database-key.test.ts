import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandFailure, loadDatabaseKey } from './index.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'database-key-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('makes a key on the first start that only its owner can read, and finds it again', async () => {
  const path = join(dir, 'data', 'database.key');
  const key = await loadDatabaseKey(path);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await loadDatabaseKey(path)).toBe(key);
});

it('gives one and the same key to all who start at once, and leaves nothing else behind', async () => {
  const path = join(dir, 'database.key');
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadDatabaseKey(path)));
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(dir)).toEqual(['database.key']);
});

it('refuses an empty key file and one that cannot be read', async () => {
  await writeFile(join(dir, 'empty.key'), '\n');
  await expect(loadDatabaseKey(join(dir, 'empty.key'))).rejects.toThrow(CommandFailure);
  await expect(loadDatabaseKey(dir)).rejects.toThrow(/cannot be read or made \(EISDIR\)/);
});
