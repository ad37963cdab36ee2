import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Store } from './store.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations } from './testing/marks.ts';

type Mark = MarksDatabase['mark'];
const MARK_COLUMNS = { number: 'integer', processId: 'integer' } as const;

function insertion(store: Store<MarksDatabase>) {
  return store.compileForRows<Mark, keyof Mark, unknown>(MARK_COLUMNS, (given) =>
    store.db
      .insertInto('mark')
      .columns(['number', 'processId'])
      .expression((eb) => eb.selectFrom(given.as('given')).select(['given.number', 'given.processId'])),
  );
}

function search(store: Store<MarksDatabase>) {
  return store.compileForRows<{ number: number }, 'number', Mark>({ number: 'integer' }, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .innerJoin('mark', 'mark.number', 'given.number')
      .selectAll('mark')
      .orderBy('mark.number'),
  );
}

const rowsOf = (...numbers: number[]): Mark[] => numbers.map((number) => ({ number, processId: number * 10 }));

describeEachEngine('a query over rows', ({ open, url }) => {
  test('is asked again with other rows, and with none', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const insert = insertion(store);
    const find = search(store);
    await store.batch([insert(rowsOf(1, 2)), insert(rowsOf(3))]);
    const found = async (...numbers: number[]) => store.readCommitted(find(numbers.map((number) => ({ number }))));
    expect(await found(1, 3, 4)).toEqual(rowsOf(1, 3));
    expect(await found(2)).toEqual(rowsOf(2));
    expect(await found()).toEqual([]);
    expect((await store.db.executeQuery(find([{ number: 2 }]))).rows).toEqual(rowsOf(2));
    expect(await store.transaction(async (trx) => (await trx.executeQuery(find(rowsOf(1)))).rows)).toEqual(rowsOf(1));
  });

  test('has no other parameters, and refuses what cannot be stored', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const wrong = store.compileForRows<{ number: number }, 'number', unknown>({ number: 'integer' }, (given) =>
      store.db.selectFrom(given.as('given')).selectAll().where(sql`given.number`, '>', 5),
    );
    expect(() => wrong([])).toThrow(TypeError);
    expect(() => search(store)([{ number: 0.5 }])).toThrow(expect.objectContaining({ code: 'UNSTORABLE_VALUE' }));
  });

  test('statements together are kept all or none', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const insert = insertion(store);
    await mark(store, 3);
    await expect(store.batch([insert(rowsOf(1, 2)), insert(rowsOf(3)), insert(rowsOf(4))])).rejects.toThrow();
    expect(await store.db.selectFrom('mark').select('number').execute()).toEqual([{ number: 3 }]);
    await store.batch([insert(rowsOf(1, 2)), insert(rowsOf(4))]);
    expect(await store.db.selectFrom('mark').select('number').orderBy('number').execute()).toHaveLength(4);
  });

  test('a look-up sees what any store has committed, and nothing else', async () => {
    const at = await url();
    const store = await open<MarksDatabase>(marksMigrations, at);
    const other = await open<MarksDatabase>(marksMigrations, at);
    const find = search(store);
    const found = () => store.readCommitted(find(rowsOf(1, 2)));
    await mark(other, 1);
    expect(await found()).toHaveLength(1);
    const { promise: done, resolve: end } = Promise.withResolvers<void>();
    const { promise: written, resolve: tell } = Promise.withResolvers<void>();
    const writing = other.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 2, processId: 0 }).execute();
      tell();
      await done;
    });
    await written;
    // It does not wait for the writer either.
    expect(await found()).toHaveLength(1);
    end();
    await writing;
    expect(await found()).toHaveLength(2);
  });

  test('look-ups and statements together are refused inside a transaction and after the end', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const uses: (() => Promise<unknown>)[] = [
      () => store.readCommitted(search(store)(rowsOf(1))),
      () => store.batch([insertion(store)(rowsOf(1))]),
    ];
    for (const use of uses) {
      await expect(store.transaction(use)).rejects.toThrow(expect.objectContaining({ code: 'NESTED_TRANSACTION' }));
    }
    await uses[0]?.();
    await store.close();
    for (const use of uses) await expect(use()).rejects.toThrow();
  });
});
