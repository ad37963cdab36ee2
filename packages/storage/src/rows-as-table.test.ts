import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Migrations } from './migrations.ts';
import { describeEachEngine } from './testing/index.ts';

interface SeatDatabase {
  seat: { seatCode: string; filmName: string | null; priceFen: number | null };
}

const seatMigrations: Migrations = {
  '2026-01-01-seats': async (db) => {
    await db.schema
      .createTable('seat')
      .addColumn('seat_code', 'text', (column) => column.primaryKey())
      .addColumn('film_name', 'text')
      .addColumn('price_fen', 'bigint')
      .execute();
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

  test.each([
    ['an empty text', ''],
    ['quotes', `'single' "double" \`back\``],
    ['backslashes', '\\ \\n \\u0041 \\"'],
    ['what looks like an array', '{a,b}'],
    ['what looks like null', 'NULL'],
    ['what looks like a number', '007.0'],
    ['line breaks and control characters', 'a\r\n\tb\u0001\u007f'],
    ['white space at the ends', '  a  '],
    ['composed and decomposed letters', '\u00e9 e\u0301'],
    ['characters beyond the basic plane', '𠮷野家 👩‍👩‍👧'],
  ])('keeps %s as they are', async (_what, filmName) => {
    const rows = [{ seatCode: 'a', filmName, priceFen: 1 }];
    expect(await kept(rows)).toEqual(rows);
  });

  test.each([0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'keeps the number %d',
    async (priceFen) => {
      const rows = [{ seatCode: 'a', filmName: null, priceFen }];
      expect(await kept(rows)).toEqual(rows);
    },
  );

  test('takes no rows at all for an empty table', async () => {
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

  test('can be joined with a table', async () => {
    const store = await open<SeatDatabase>(seatMigrations);
    await store.db
      .insertInto('seat')
      .values([
        { seatCode: 'a', filmName: '长江', priceFen: 1 },
        { seatCode: 'b', filmName: '黄河', priceFen: 2 },
      ])
      .execute();
    const wanted = store.rowsAsTable([{ wantedCode: 'b' }, { wantedCode: 'c' }], { wantedCode: 'text' });
    const found = await store.db
      .selectFrom(wanted.as('wanted'))
      .leftJoin('seat', 'seat.seatCode', 'wanted.wantedCode')
      .select(['wanted.wantedCode', 'seat.filmName'])
      .orderBy('wanted.wantedCode')
      .execute();
    expect(found).toEqual([
      { wantedCode: 'b', filmName: '黄河' },
      { wantedCode: 'c', filmName: null },
    ]);
  });

  test.each<[string, unknown]>([
    ['a NUL character', { seatCode: 'a\0b' }],
    ['half of a surrogate pair', { seatCode: 'a\ud83c' }],
    ['a number as text', { seatCode: 7 }],
  ])('refuses %s in a text column', async (_what, row) => {
    const store = await open({});
    expect(() => store.rowsAsTable([row as { seatCode: string }], { seatCode: 'text' })).toThrow(
      expect.objectContaining({ code: 'UNSTORABLE_VALUE', message: expect.stringContaining('seatCode') }),
    );
  });

  test.each([1.5, Number.NaN, 2 ** 53, '7', true])('refuses %s in an integer column', async (price) => {
    const store = await open({});
    expect(() => store.rowsAsTable([{ price }], { price: 'integer' })).toThrow(
      expect.objectContaining({ code: 'UNSTORABLE_VALUE', message: expect.stringContaining('price') }),
    );
  });
});
