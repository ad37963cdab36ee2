import { expect, test } from 'vitest';
import { queryOverRows } from './query-over-rows.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations } from './testing/marks.ts';

type Mark = MarksDatabase['mark'];

const marks = queryOverRows<MarksDatabase, { number: number }, 'number', Mark>({ number: 'integer' }, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('mark', 'mark.number', 'given.number')
    .selectAll('mark')
    .orderBy('mark.number'),
);

const asked = (...numbers: number[]) => numbers.map((number) => ({ number }));
const numbersOf = (rows: readonly Mark[]) => rows.map(({ number }) => number);

describeEachEngine('queryOverRows', ({ open }) => {
  test('asks in the transaction that it is given, and finds what is committed', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 1);
    const within = await store.transaction(async (trx) => {
      await trx.updateTable('mark').set({ number: 2 }).where('number', '=', 1).execute();
      return marks.ask({ db: trx, store }, asked(1, 2));
    });
    expect(numbersOf(within)).toEqual([2]);
    expect(numbersOf(await marks.find(store, asked(1, 2)))).toEqual([2]);
    expect(await marks.find(store, [])).toEqual([]);
  });

  test('finds many as well as few', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const all = Array.from({ length: 100 }, (_, number) => number);
    for (const number of [3, 50, 99]) await mark(store, number);
    expect(numbersOf(await marks.find(store, asked(...all)))).toEqual([3, 50, 99]);
  });

  test('is asked of several stores', async () => {
    const first = await open<MarksDatabase>(marksMigrations);
    const second = await open<MarksDatabase>(marksMigrations);
    await mark(first, 1);
    await mark(second, 2);
    expect(numbersOf(await marks.find(first, asked(1, 2)))).toEqual([1]);
    expect(numbersOf(await marks.find(second, asked(1, 2)))).toEqual([2]);
  });
});
