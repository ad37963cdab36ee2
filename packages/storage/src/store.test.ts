import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Migrations } from './migrations.ts';
import { describeEachEngine } from './testing/index.ts';

interface Database {
  seat: { seatCode: string; filmName: string | null; priceFen: number | null };
}

const migrations: Migrations = {
  '2026-01-01-seats': async (db) => {
    await db.schema
      .createTable('seat')
      .addColumn('seat_code', 'text', (column) => column.primaryKey())
      .addColumn('film_name', 'text')
      .addColumn('price_fen', 'bigint')
      .execute();
  },
};

describeEachEngine('a store', ({ open }) => {
  test('keeps the rows given to rowsFrom exactly', async () => {
    const store = await open<Database>(migrations);
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      seatCode: `seat-${index}`,
      filmName: index % 3 === 0 ? null : `长江 'quoted" \\ 7 🎬 ${index}`,
      priceFen: index % 5 === 0 ? null : index * 1_000_000_007,
    }));
    await store.transaction((trx) =>
      trx
        .insertInto('seat')
        .columns(['seatCode', 'filmName', 'priceFen'])
        .expression(
          trx
            .selectFrom(store.rowsFrom(rows, { seatCode: 'text', filmName: 'text', priceFen: 'integer' }).as('given'))
            .select(['given.seatCode', 'given.filmName', 'given.priceFen'])
            .where(sql.lit(true)),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    const kept = await store.db.selectFrom('seat').selectAll().execute();
    expect(kept.toSorted((a, b) => Number(a.seatCode.slice(5)) - Number(b.seatCode.slice(5)))).toEqual(rows);
  });
});
