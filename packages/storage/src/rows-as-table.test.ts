import { type RawBuilder, sql } from 'kysely';
import { expect, it, test } from 'vitest';
import type { Migrations } from './migrations.ts';
import { queryOverRows } from './query-over-rows.ts';
import { isOneOf } from './rows-as-table.ts';
import type { Store } from './store.ts';
import { describeEachEngine } from './testing/index.ts';
import { type MarksDatabase, mark, marksMigrations } from './testing/marks.ts';

interface SeatDatabase {
  seat: { seatCode: string; filmName: string | null; priceFen: number | null };
}

const seatMigrations: Migrations = {
  '2026-01-01-seats': async (db) => {
    await sql`create table seat (seat_code text primary key, film_name text, price_fen bigint)`.execute(db);
  },
};

const COLUMNS = { seatCode: 'text', filmName: 'text', priceFen: 'integer' } as const;

describeEachEngine('rowsAsTable', ({ open }) => {
  async function kept(rows: SeatDatabase['seat'][]) {
    const store = await open<SeatDatabase>(seatMigrations);
    await store.transaction((trx) =>
      trx
        .insertInto('seat')
        .columns(['seatCode', 'filmName', 'priceFen'])
        .expression((eb) =>
          eb
            .selectFrom(store.rowsAsTable(rows, COLUMNS).as('given'))
            .select(['given.seatCode', 'given.filmName', 'given.priceFen'])
            .where(sql.lit(true)),
        )
        .onConflict((conflict) => conflict.column('seatCode').doNothing())
        .execute(),
    );
    return store.db.selectFrom('seat').selectAll().orderBy('seatCode').execute();
  }

  test('gives a thousand rows to the database and back unchanged', async () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      seatCode: `seat-${String(index).padStart(4, '0')}`,
      filmName: index % 3 === 0 ? null : `长江七号 🎬 ${index}`,
      priceFen: index % 5 === 0 ? null : index * 7_000_000_000,
    }));
    expect(await kept(rows)).toEqual(rows);
  });

  test('keeps texts and whole numbers of every kind as they are, and no rows at all', async () => {
    const odd = [`'single' "double" \`back\``, '\\ \\n \\u0041 \\"', '{a,b}', 'NULL', '007.0', '\u00e9 e\u0301'];
    const texts = ['', ...odd, 'a\r\n\tb\u0001\u007f', '  a  ', '𠮷野家 👩‍👩‍👧'];
    const numbers = [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const rows = texts.map((filmName, index) => {
      return { seatCode: String(index), filmName, priceFen: numbers[index % numbers.length] ?? 0 };
    });
    expect(await kept(rows)).toEqual(rows);
    expect(await kept([])).toEqual([]);
  });

  test('reads a value that is undefined or left out as null', async () => {
    const store = await open({});
    const rows: { seatCode: string; price?: number | undefined }[] = [
      { seatCode: 'a' },
      { seatCode: 'b', price: undefined },
    ];
    const given = store.rowsAsTable(rows, { seatCode: 'text', price: 'integer' });
    expect(await store.db.selectFrom(given.as('given')).selectAll().execute()).toEqual([
      { seatCode: 'a', price: null },
      { seatCode: 'b', price: null },
    ]);
  });

  test.each<[string, 'text' | 'integer', unknown]>([
    ['a NUL character', 'text', 'a\0b'],
    ['half of a surrogate pair', 'text', 'a\ud83c'],
    ['a number', 'text', 7],
    ...[1.5, Number.NaN, 2 ** 53, '7', true].map(
      (value) => [`${value}`, 'integer', value] as [string, 'integer', unknown],
    ),
  ])('refuses %s in a column of type %s', async (_what, type, value) => {
    const store = await open({});
    expect(() => store.rowsAsTable([{ value }], { value: type })).toThrow(
      expect.objectContaining({ code: 'UNSTORABLE_VALUE', message: expect.stringContaining('value') }),
    );
  });
});

type Mark = MarksDatabase['mark'];
const MARK_COLUMNS = { number: 'integer', processId: 'integer' } as const;

const insertion = queryOverRows<MarksDatabase, Mark, unknown>(MARK_COLUMNS, ({ db }, given) =>
  db
    .insertInto('mark')
    .columns(['number', 'processId'])
    .expression((eb) => eb.selectFrom(given.as('given')).select(['given.number', 'given.processId'])),
);

const marks = queryOverRows<MarksDatabase, { number: number }, Mark>({ number: 'integer' }, ({ db }, given) =>
  markedAmong(db, given),
);

function markedAmong(db: Store<MarksDatabase>['db'], given: RawBuilder<{ number: number }>) {
  return db
    .selectFrom(given.as('given'))
    .innerJoin('mark', 'mark.number', 'given.number')
    .selectAll('mark')
    .orderBy('mark.number');
}

const asked = (...numbers: number[]) => numbers.map((number) => ({ number }));
const rowsOf = (...numbers: number[]): Mark[] => numbers.map((number) => ({ number, processId: number * 10 }));

describeEachEngine('a query over rows', ({ open, url }) => {
  test('is asked again with other rows, and with none', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const insert = (...numbers: number[]) => insertion.statements(store, rowsOf(...numbers));
    await store.batch([...insert(1, 2), ...insert(3), ...insert()]);
    const found = (...numbers: number[]) => marks.find(store, asked(...numbers));
    expect(await found(1, 3, 4)).toEqual(rowsOf(1, 3));
    expect(await found(2)).toEqual(rowsOf(2));
    expect(await found()).toEqual([]);
    const within = await store.transaction(async (db) => {
      await db.updateTable('mark').set({ number: 4, processId: 40 }).where('number', '=', 1).execute();
      return marks.ask({ db, store }, asked(1, 4));
    });
    expect(within).toEqual(rowsOf(4));
    const other = await open<MarksDatabase>(marksMigrations);
    expect(await marks.find(other, asked(4))).toEqual([]);
  });

  test('has no other parameters, and refuses what cannot be stored', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const wrong = queryOverRows<MarksDatabase, { number: number }, unknown>({ number: 'integer' }, ({ db }, given) =>
      db.selectFrom(given.as('given')).selectAll().where(sql`given.number`, '>', 5),
    );
    expect(() => wrong.statements(store, asked(1))).toThrow(TypeError);
    expect(() => marks.statements(store, asked(0.5))).toThrow(expect.objectContaining({ code: 'UNSTORABLE_VALUE' }));
  });

  test('statements together are kept all or none', async () => {
    const store = await open<MarksDatabase>(marksMigrations);
    const insert = (...numbers: number[]) => insertion.statements(store, rowsOf(...numbers));
    await mark(store, 3);
    await expect(store.batch([...insert(1, 2), ...insert(3), ...insert(4)])).rejects.toThrow();
    expect(await store.db.selectFrom('mark').select('number').execute()).toEqual([{ number: 3 }]);
    await store.batch([...insert(1, 2), ...insert(4)]);
    expect(await store.db.selectFrom('mark').select('number').orderBy('number').execute()).toHaveLength(4);
  });

  test('a look-up sees what any store has committed, and nothing else', async () => {
    const at = await url();
    const store = await open<MarksDatabase>(marksMigrations, at);
    const other = await open<MarksDatabase>(marksMigrations, at);
    const found = () => marks.find(store, asked(1, 2));
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
});

/** More than SQLite, and as texts and numbers together more than PostgreSQL, takes as parameters of one statement. */
const MANY = 40_000;

describeEachEngine('a list of values', ({ open }) => {
  it.each([3, MANY])('may have %i of them', async (count) => {
    const store = await open<MarksDatabase>(marksMigrations);
    for (const number of [1, 2, count + 1]) await mark(store, number);
    const numbers = Array.from({ length: count }, (_, n) => n + 1);
    const texts = numbers.map((number) => `it's "${number}"`);
    const marks = () => store.db.selectFrom('mark').select('number').orderBy('number');
    const found = async (query: ReturnType<typeof marks>) => (await query.execute()).map(({ number }) => number);
    expect(await found(marks().where('number', 'in', numbers))).toEqual([1, 2]);
    expect(await found(marks().where('number', 'not in', numbers))).toEqual([count + 1]);
    const { rows } = await sql`select 1 as one where ${isOneOf(sql.val(texts[1]), texts)}`.execute(store.reports);
    expect(rows).toEqual([{ one: 1 }]);
  });
});
