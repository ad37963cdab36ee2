// @module-tag slow
import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openStore, type Store } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { DAMAGES, type Damage } from '../testing/damage.ts';
import { aDirectory } from '../testing/directory.ts';
import { salvageRows } from './salvage-rows.ts';

interface Letters {
  letter: { name: string; text: string | null; weight: number };
}

const KEY = '0f'.repeat(32);
const WEIGHTS = [0, 1, -1, 127, -129, 40_000, -9_000_000, 2 ** 31, 2 ** 40, -(2 ** 47) - 1, Number.MAX_SAFE_INTEGER];
const CHECKPOINTED = 2000;

let path: string;
let store: Store<Letters>;

beforeEach(async () => {
  path = join(aDirectory(), 'store.db');
  store = await openStore<Letters>({
    url: sqliteUrl(path),
    encryptionKey: KEY,
    migrations: {
      '2026-01-01-letters': async (db) => {
        await sql`create table letter (name text primary key, text text, weight bigint)`.execute(db);
      },
    },
  });
  onTestFinished(() => store.close());
  await write(0, CHECKPOINTED);
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
});

/** Some are longer than a page, some longer than several, some empty. */
function letter(number: number) {
  const text = number % 50 === 0 ? '长信'.repeat(number * 3) : number % 7 === 0 ? null : `text ${number} `.repeat(20);
  return { name: `letter-${String(number).padStart(6, '0')}`, text, weight: WEIGHTS[number % WEIGHTS.length] ?? 0 };
}

async function write(from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, index) => letter(from + index));
  await store.transaction((trx) => trx.insertInto('letter').values(rows).execute());
}

/** A copy of the files as they are now, with the store still open, as a crash leaves them. */
function copy(): string {
  const target = `${path}.copy`;
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, target + suffix);
  return target;
}

function salvage(file: string): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const row of salvageRows(file, KEY)) {
    if (typeof row[0] === 'string' && row[0].startsWith('letter-')) found.set(row[0], [...row]);
  }
  return found;
}

function expectGenuine(found: Map<string, unknown[]>, numbers: number): void {
  const genuine = new Map(
    Array.from({ length: numbers }, (_, number) => letter(number)).map(({ name, text, weight }) => [
      name,
      [name, text, weight],
    ]),
  );
  for (const [name, row] of found) expect(row).toEqual(genuine.get(name));
}

describe('of an encrypted database', () => {
  test('every row is read as it was written, in the file or in its log', async () => {
    await write(CHECKPOINTED, CHECKPOINTED + 300);
    const file = copy();
    const before = readFileSync(file);
    const found = salvage(file);
    expect(found.size).toBe(CHECKPOINTED + 300);
    expectGenuine(found, CHECKPOINTED + 300);
    expect(readFileSync(file)).toEqual(before);
  });

  test('what was changed last counts', async () => {
    await store.transaction((trx) =>
      trx.updateTable('letter').set({ weight: 5 }).where('name', '=', letter(11).name).execute(),
    );
    expect(salvage(copy()).get(letter(11).name)?.[2]).toBe(5);
  });

  test('what was never committed is not read', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: written, resolve: noteWritten } = Promise.withResolvers<void>();
    await sql`pragma cache_size = 5`.execute(store.db);
    const undone = store.transaction(async (trx) => {
      // More than the cache holds, so that pages of it are in the log before its end is known.
      for (let number = CHECKPOINTED; number < CHECKPOINTED + 300; number += 1) {
        await trx.insertInto('letter').values(letter(number)).execute();
      }
      noteWritten();
      await held;
      throw new Error('taken back');
    });
    await written;
    const file = copy();
    expect(readFileSync(`${file}-wal`).length).toBeGreaterThan(100_000);
    release();
    await expect(undone).rejects.toThrow('taken back');
    expect(salvage(file).size).toBe(CHECKPOINTED);
  });

  test.each([
    ['bytes overwritten in the middle', 0.95],
    ['truncated to half', 0.4],
    ['truncated inside a page', 0.4],
    ['a header of zeros', 0.95],
    ['a first page of noise', 0.95],
  ] as const satisfies readonly (readonly [Damage, number])[])(
    'most is read, and nothing wrong, after: %s',
    (damage, least) => {
      const file = copy();
      truncateSync(`${file}-wal`, 0);
      DAMAGES[damage](file);
      const found = salvage(file);
      expect(found.size).toBeGreaterThan(CHECKPOINTED * least);
      expectGenuine(found, CHECKPOINTED);
    },
  );

  test('nothing is read with another key, and that is said', () => {
    const reading = () => [...salvageRows(copy(), 'ab'.repeat(32))];
    expect(reading).toThrow(expect.objectContaining({ code: 'WRONG_KEY' }));
  });

  test('a file that is not there is named', () => {
    const reading = () => [...salvageRows(`${path}.nowhere`, KEY)];
    expect(reading).toThrow(
      expect.objectContaining({ code: 'CANNOT_OPEN', message: expect.stringContaining('nowhere') }),
    );
  });
});
