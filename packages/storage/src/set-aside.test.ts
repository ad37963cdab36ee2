import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findDamage, listSetAside, setAside } from './set-aside.ts';
import { sqliteUrl } from './store-url.ts';
import { DAMAGES, type Damage } from './testing/damage.ts';
import { aDirectory } from './testing/directory.ts';
import { mark } from './testing/marks.ts';
import { KEY, openMarks } from './testing/open-marks.ts';

const ANOTHER_KEY = 'ab'.repeat(32);
const NOW = Date.parse('2026-11-24T20:30:00+08:00');

let path: string;
let url: string;

beforeEach(async () => {
  path = join(aDirectory(), 'store.db');
  url = sqliteUrl(path);
  await write(1);
});

async function write(from: number): Promise<void> {
  const store = await openMarks(url);
  const rows = Array.from({ length: 3000 }, (_, index) => ({ number: from + index, processId: 7 }));
  await store.transaction((trx) => trx.insertInto('mark').values(rows).execute());
  await store.close();
}

/** A copy of the log as a killed process leaves it: only the log has the latest commits. */
async function leaveLog(): Promise<void> {
  const store = await openMarks(url);
  await mark(store, 100_000);
  copyFileSync(`${path}-wal`, `${path}.log`);
  await store.close();
  renameSync(`${path}.log`, `${path}-wal`);
}

describe('damage', () => {
  test.each(Object.keys(DAMAGES) as Damage[])('is found: %s', (damage) => {
    expect(findDamage(url, KEY)).toBe(null);
    DAMAGES[damage](path);
    const before = readFileSync(path);
    expect(findDamage(url, KEY)).toEqual(expect.any(String));
    expect(readFileSync(path)).toEqual(before);
  });

  test('is found in an emptied file whose log shows that it was not empty', async () => {
    await leaveLog();
    truncateSync(path, 0);
    expect(findDamage(url, KEY)).toMatch(/empty/);
  });

  test('is not a log that waits to be worked in', async () => {
    await leaveLog();
    const log = readFileSync(`${path}-wal`);
    expect(findDamage(url, KEY)).toBe(null);
    expect(readFileSync(`${path}-wal`)).toEqual(log);
  });

  test('is not the wrong key', () => {
    expect(findDamage(url, ANOTHER_KEY)).toBe(null);
    DAMAGES['bytes overwritten in the middle'](path);
    expect(findDamage(url, ANOTHER_KEY)).toBe(null);
  });

  test('is not another kind of file, nor no file, nor a database of a server', () => {
    writeFileSync(path, 'a shopping list\n'.repeat(1000));
    expect(findDamage(url, KEY)).toBe(null);
    rmSync(path);
    expect(findDamage(url, KEY)).toBe(null);
    expect(findDamage('postgres://x@localhost/y', KEY)).toBe(null);
  });

  test('that opening meets is reported in one sentence', async () => {
    DAMAGES['truncated to half'](path);
    await expect(openMarks(url)).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringMatching(/^The database .* is damaged: .*\.$/),
    });
  });
});

describe('setting aside', () => {
  test('moves a file with its log and deletes nothing', async () => {
    await leaveLog();
    const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
    const aside = setAside(url, NOW);
    expect(aside).toBe(`${path}.corrupt-20261124T123000Z`);
    expect(readFileSync(aside)).toEqual(file);
    expect(readFileSync(`${aside}-wal`)).toEqual(log);
    expect(existsSync(path) || existsSync(`${path}-wal`)).toBe(false);
    expect(listSetAside(url)).toEqual([aside]);
    await write(1);
    expect(findDamage(url, KEY)).toBe(null);
  });

  test('that a crash cut off leaves everything under the new name, and a start that finds no file', async () => {
    await leaveLog();
    const log = readFileSync(`${path}-wal`);
    const aside = setAside(url, NOW);
    // As where the log was still to go.
    writeFileSync(`${path}-wal`, log);
    await write(1);
    expect(findDamage(url, KEY)).toBe(null);
    expect(listSetAside(url)).toEqual([aside]);
    expect(listSetAside('postgres://x@localhost/y')).toEqual([]);
  });
});
