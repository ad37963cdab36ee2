// @module-tag slow
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { inOneTransaction } from './in-one-transaction.ts';
import { describeBehindPooler, describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations, numbersIn } from './testing/marks.ts';

const LONG_QUERY = sql<{ most: number }>`
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select max(i) as most from n
`;

describeEachEngine('the connections of reports', ({ open, url }) => {
  test('sees what is committed, under the same names and types', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 9_000_000_000_000);
    const rows = await store.reports.selectFrom('mark').select(['number', 'processId']).execute();
    expect(rows).toEqual([{ number: 9_000_000_000_000, processId: process.pid }]);
    await mark(store, 1);
    expect(await numbersIn(store.reports)).toEqual([1, 9_000_000_000_000]);
  });

  test('writes nothing', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const written = store.reports.insertInto('mark').values({ number: 1, processId: 1 }).execute();
    await expect(written).rejects.toThrow(/readonly|read-only/);
    const made = sql`create table other (number bigint)`.execute(store.reports);
    await expect(made).rejects.toThrow(/readonly|read-only/);
    expect(await numbersIn(store.reports)).toEqual([]);
  });

  test('waits for no transaction, and makes none wait', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 1);
    const report = LONG_QUERY.execute(store.reports).then(() => 'report');
    const held = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const transaction = store.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 2, processId: 1 }).execute();
      written.resolve();
      await held.promise;
    });
    expect(await Promise.race([report, written.promise.then(() => 'transaction')])).toBe('transaction');
    expect(await numbersIn(store.reports)).toEqual([1]);
    held.resolve();
    await transaction;
    expect(await numbersIn(store.reports)).toEqual([1, 2]);
    expect(await report).toBe('report');
  });

  test('answers a short question while a long one is read, and two at a time at most', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 1);
    const ended: string[] = [];
    const asked = async (name: string, question: Promise<unknown>) => {
      await question;
      ended.push(name);
    };
    await Promise.all([
      asked('long', LONG_QUERY.execute(store.reports)),
      asked('short', numbersIn(store.reports)),
      asked('long too', LONG_QUERY.execute(store.reports)),
      asked('last', numbersIn(store.reports)),
    ]);
    expect(ended[0]).toBe('short');
    expect(ended.indexOf('last')).toBeGreaterThan(1);
  });

  test('of a part of a transaction sees what that one has written', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const seen = await inOneTransaction(store, async (within) => {
      await within.db.insertInto('mark').values({ number: 7, processId: 1 }).execute();
      return numbersIn(within.reports);
    });
    expect(seen).toEqual([7]);
  });

  test('ends with the store, after pending reads', async () => {
    const at = await url();
    const store = await open<MarksDatabase>(marksMigrations, at);
    await mark(store, 1);
    const report = LONG_QUERY.execute(store.reports);
    await store.close();
    expect((await report).rows).toEqual([{ most: 1_000_000 }]);
    await expect(numbersIn(store.reports)).rejects.toThrow();
    const again = await open<MarksDatabase>(marksMigrations, at);
    expect(await numbersIn(again.reports)).toEqual([1]);
  });
});

describeBehindPooler('the connections of reports', ({ open }) => {
  test('serve others next, who write', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    for (const number of numbers) {
      await numbersIn(store.reports);
      await mark(store, number);
    }
    expect(await numbersIn(store.db)).toEqual(numbers);
  });
});
