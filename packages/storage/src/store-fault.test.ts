import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { StoreError } from './store-error.ts';
import { awayFault, explainFault, storeFault } from './store-fault.ts';
import { DAMAGES } from './testing/damage.ts';
import { aDirectory } from './testing/directory.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations, numbersIn } from './testing/marks.ts';
import { openMarks } from './testing/open-marks.ts';
import { startPostgres } from './testing/postgres-process.ts';
import { mountSmallDisk } from './testing/small-disk.ts';

async function faultOf(work: Promise<unknown>): Promise<string | null> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  return storeFault(error);
}

test('a full disk is named, leaves no half of a transaction, and is no fault any more once there is room', async () => {
  const disk = mountSmallDisk(4);
  const store = await openMarks(join(disk.path, 'store.db'));
  await mark(store, 1);
  disk.fill();
  const several = store.transaction(async (trx) => {
    for (let number = 100; number < 1000; number += 1) {
      await trx.insertInto('mark').values({ number, processId: 1 }).execute();
    }
  });
  expect(await faultOf(several)).toBe('the disk is full');
  expect(await faultOf(mark(store, 2))).toBe('the disk is full');
  expect(await faultOf(store.db.insertInto('mark').values({ number: 3, processId: 1 }).execute())).toBe(
    'the disk is full',
  );
  expect(await numbersIn(store.db)).toEqual([1]);
  disk.clear();
  await mark(store, 4);
  expect(await numbersIn(store.db)).toEqual([1, 4]);
});

test('a database that may not be written is named', async () => {
  const store = await openMarks(join(aDirectory(), 'store.db'));
  await sql`pragma query_only = on`.execute(store.db);
  expect(await faultOf(mark(store, 1))).toBe('the database file is read-only');
});

test('a file that was damaged while it was open is named', async () => {
  const path = join(aDirectory(), 'store.db');
  const store = await openMarks(path);
  for (let number = 0; number < 3; number += 1) {
    await store.transaction((trx) =>
      trx
        .insertInto('mark')
        .values(Array.from({ length: 5000 }, (_, index) => ({ number: number * 5000 + index, processId: 1 })))
        .execute(),
    );
  }
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
  DAMAGES['bytes overwritten in the middle'](path);
  await sql`pragma shrink_memory`.execute(store.db);
  // The table and its index: which of the two lies in the middle of the file does not matter.
  const whole = sql`select * from mark indexed by sqlite_autoindex_mark_1 order by number`;
  expect(await faultOf(whole.execute(store.db))).toBe('the database file is damaged');
});

test('a server that ends is named', { tags: 'postgres' }, async () => {
  const server = await startPostgres();
  const store = await openMarks(server.url);
  await mark(store, 1);
  await server.stop();
  expect(await faultOf(mark(store, 2))).toMatch(/server/);
  expect(await faultOf(mark(store, 3))).toMatch(/server/);
});

describeEachEngine('what is wrong with a question', ({ open: openOn }) => {
  test('is no fault of the store', async () => {
    const store = await openOn<MarksDatabase>(marksMigrations);
    await mark(store, 1);
    expect(await faultOf(mark(store, 1))).toBe(null);
    expect(await faultOf(sql`select nonsense`.execute(store.db))).toBe(null);
    expect(await faultOf(store.transaction(() => store.transaction(async () => {})))).toBe(null);
  });
});

test('an error of another kind is none', () => {
  expect(storeFault(new TypeError('x is not a function'))).toBe(null);
  expect(storeFault('a text')).toBe(null);
  expect(storeFault(Object.assign(new Error('later'), { code: 'OVERLOADED' }))).toBe(null);
  expect(storeFault(new StoreError('UNSTORABLE_VALUE', 'no'))).toBe(null);
  expect(storeFault(new StoreError('BUSY', 'The database stayed locked.'))).toBe('The database stayed locked.');
});

test('a worker of Citus that ends inside a transaction counts as a server that is away', () => {
  const internal = (message: string) => Object.assign(new Error(message), { code: 'XX000' });
  const lost = internal('failure on connection marked as essential: worker-2:5432');
  expect([storeFault(lost), awayFault(lost)]).toEqual(Array(2).fill('a worker of the database cannot be reached'));
  for (const words of [
    'connection to the remote node ticket@worker-2:5432 failed',
    'SSL SYSCALL error: EOF detected',
  ]) {
    expect(awayFault(internal(words))).toMatch(/worker/);
  }
  expect(storeFault(internal('cache lookup failed for relation 16384'))).toBe(null);
});

test('is explained to the user of a command, with what to do', () => {
  const refused = Object.assign(new Error('sorry, too many clients already'), { code: '53300' });
  expect(explainFault(refused)).toMatch(
    /no connection left; .* \(sorry, too many clients already\)\. .* run this again\.$/,
  );
  expect(explainFault(new Error('timeout exceeded when trying to connect'))).toMatch(/^The database cannot be used: /);
  expect(explainFault(new TypeError('x is not a function'))).toBe(null);
});
