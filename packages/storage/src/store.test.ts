import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { coalesce } from './coalesce.ts';
import { loadCurrentGeneration, noteReplacedGenerations, renewGeneration } from './generation.ts';
import { openStore, type Store } from './store.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations, numbersIn } from './testing/marks.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const numbers = ({ db }: Store<MarksDatabase>) => numbersIn(db);

describeEachEngine('a store', ({ encryptionKey, open, url }) => {
  test('gives whole numbers, sums, counts and truth values as numbers', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 9_000_000_000_000);
    await mark(store, 1);
    const row = await store.db
      .selectFrom('mark')
      .select(({ fn }) => [
        fn.max('number').as('largest'),
        fn.sum('number').as('sum'),
        fn.countAll().as('howMany'),
        sql`max(number) > 5`.as('isLarge'),
      ])
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ largest: 9_000_000_000_000, sum: 9_000_000_000_001, howMany: 2, isLarge: 1 });
  });

  test('lets a transaction or a batch that is urgent go before all that wait', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const held = Promise.withResolvers<void>();
    const order: string[] = [];
    const others = Array.from({ length: 12 }, () =>
      store.transaction(async (trx) => {
        await trx.selectFrom('mark').select('number').execute();
        await held.promise;
        order.push('other');
      }),
    );
    const urgent = store.transaction(async () => void order.push('urgent'), { urgent: true });
    const row = store.db.insertInto('mark').values({ number: 1, processId: 1 }).compile();
    const batch = store.batch([row], { urgent: true }).then(() => order.push('urgent'));
    // On SQLite there is one connection, and one of the others has it.
    if (store.engine === 'postgres') await Promise.all([urgent, batch]);
    held.resolve();
    await Promise.all([...others, urgent, batch]);
    const ahead = store.engine === 'sqlite' ? ['other'] : [];
    expect(order.slice(0, ahead.length + 2)).toEqual([...ahead, 'urgent', 'urgent']);
    expect(order).toHaveLength(14);
  });

  test('lets both of two transactions pass that meet the same rows in opposite order', async () => {
    const at = await url();
    const [one, other] = [
      await open<MarksDatabase>(marksMigrations, at),
      await open<MarksDatabase>(marksMigrations, at),
    ];
    await mark(one, 1);
    await mark(one, 2);
    const add = async (trx: Store<MarksDatabase>['db'], number: number) => {
      const processId = sql<number>`process_id + 1`;
      await trx.updateTable('mark').set({ processId }).where('number', '=', number).execute();
    };
    const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const met = Promise.all(both.map(({ promise }) => promise));
    // On SQLite the second begins when the first has ended.
    const meet = one.engine === 'sqlite' ? Promise.resolve() : met;
    const run = (store: Store<MarksDatabase>, [first, then]: readonly [number, number], mine: 0 | 1) =>
      store.transaction(async (trx) => {
        await add(trx, first);
        both[mine].resolve();
        await meet;
        await add(trx, then);
      });
    await Promise.all([run(one, [1, 2], 0), run(other, [2, 1], 1)]);
    const rows = await one.db.selectFrom('mark').select('processId').execute();
    expect(rows).toEqual([{ processId: process.pid + 2 }, { processId: process.pid + 2 }]);
  });

  test('keeps its data and its generation when opened again, and shows them to a second store', async () => {
    const at = await url();
    const first = await open<MarksDatabase>(marksMigrations, at);
    await mark(first, 1);
    const second = await open<MarksDatabase>(marksMigrations, at);
    expect(await numbers(second)).toEqual([1]);
    await mark(second, 2);
    expect(await numbers(first)).toEqual([1, 2]);
    await first.close();
    await second.close();
    const again = await open<MarksDatabase>(marksMigrations, at);
    expect(await numbers(again)).toEqual([1, 2]);
    expect(again.generation).toMatch(UUID);
    expect([first.generation, second.generation]).toEqual([again.generation, again.generation]);
  });

  test('knows when its generation was last renewed, and which it replaces, the latest first', async () => {
    const store = await open({});
    expect(await loadCurrentGeneration(store.db)).toMatchObject({ renewedAt: null, replaces: [] });
    const second = await renewGeneration(store.db, '2026-11-24T12:00:00');
    expect((await loadCurrentGeneration(store.db)).replaces).toEqual([store.generation]);
    await renewGeneration(store.db, '2026-11-24T13:00:00');
    expect(await loadCurrentGeneration(store.db)).toMatchObject({
      renewedAt: '2026-11-24T13:00:00',
      replaces: [second, store.generation],
    });
    await noteReplacedGenerations(store.db, ['another']);
    expect((await loadCurrentGeneration(store.db)).replaces).toEqual(['another']);
  });

  test('takes back a transaction that fails, and gives the result of one that does not', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const failing = store.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 1, processId: 1 }).execute();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    const result = await store.transaction(async (trx) => {
      await trx.insertInto('mark').values({ number: 2, processId: 1 }).execute();
      return 'kept';
    });
    expect(result).toBe('kept');
    expect(await numbers(store)).toEqual([2]);
  });

  test('serializes concurrent transactions that touch the same rows', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    await mark(store, 0);
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.transaction((trx) =>
          trx
            .updateTable('mark')
            .set(({ eb }) => ({ processId: eb('processId', '+', 1) }))
            .execute(),
        ),
      ),
    );
    const { processId } = await store.db.selectFrom('mark').select('processId').executeTakeFirstOrThrow();
    expect(processId).toBe(process.pid + 50);
  });

  test.each<[string, (store: Store<MarksDatabase>) => Promise<unknown>]>([
    ['a query of the store', (store) => numbers(store)],
    ['a report', (store) => store.reports.selectFrom('mark').selectAll().execute()],
    ['a look-up', (store) => store.readCommitted(store.db.selectFrom('mark').selectAll().compile())],
    ['a batch', (store) => store.batch([store.db.deleteFrom('mark').compile()])],
    ['another transaction', (store) => store.transaction(async () => {})],
    ['a group commit', (store) => coalesce(() => numbers(store))(undefined)],
  ])('refuses %s inside a transaction instead of waiting for ever', async (_what, use) => {
    const store = await open<MarksDatabase>(marksMigrations);
    await expect(store.transaction(() => use(store))).rejects.toMatchObject({ code: 'NESTED_TRANSACTION' });
    expect(await numbers(store)).toEqual([]);
  });

  test('lets work that a transaction started use the store once the transaction has ended', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const { later } = await store.transaction(async () => ({ later: ended.then(() => numbers(store)) }));
    end();
    expect(await later).toEqual([]);
  });

  test('finishes pending work before it closes, and can be closed twice', async () => {
    const at = await url();
    const store = await openStore<MarksDatabase>({ url: at, encryptionKey, migrations: marksMigrations });
    const asked = Array.from({ length: 40 }, (_, number) => number);
    const marks = asked.map((number) => mark(store, number));
    await store.close();
    await Promise.all(marks);
    expect(await numbers(await open<MarksDatabase>(marksMigrations, at))).toEqual(asked);
    await expect(numbers(store)).rejects.toThrow('destroyed');
    await store.close();
  });
});
