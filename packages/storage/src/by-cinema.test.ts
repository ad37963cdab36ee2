import { CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Migrations } from './migrations.ts';
import { queryOverRows } from './query-over-rows.ts';
import { byCinema } from './rows-as-table.ts';
import { describeEachEngine, describePostgres } from './testing/index.ts';

type Seat = { cinemaCode: string; seatCode: string; sold: number };
type SeatDatabase = { seat: Seat };
type Asked = { cinemaCode: string; seatCode: string };

const COLUMNS = { cinemaCode: 'text', seatCode: 'text' } as const;
const CINEMAS = ['31000003', '31000001', '31000002'];

const migrations: Migrations = {
  '0001': async (db, engine) => {
    const partitioned = sql.raw(engine === 'postgres' ? 'partition by hash (cinema_code)' : '');
    await sql`create table seat (
      cinema_code text not null, seat_code text not null, sold bigint not null, primary key (cinema_code, seat_code)
    ) ${partitioned}`.execute(db);
    if (engine === 'sqlite') return;
    for (const part of [0, 1, 2, 3])
      await sql
        .raw(`create table part_${part} partition of seat for values with (modulus 4, remainder ${part})`)
        .execute(db);
  },
};

const seats = CINEMAS.map((cinemaCode, sold) => ({ cinemaCode, seatCode: 'A1', sold }));

const insertSeats = queryOverRows<SeatDatabase, Seat, Asked>({ ...COLUMNS, sold: 'integer' }, ({ db }, given) =>
  db
    .insertInto('seat')
    .columns(['cinemaCode', 'seatCode', 'sold'])
    .expression(sql`select given.cinema_code, given.seat_code, given.sold from ${given} as given where true`)
    .onConflict((conflict) => conflict.columns(['cinemaCode', 'seatCode']).doNothing())
    .returning(['cinemaCode', 'seatCode']),
);

const ofTheSeat = sql<boolean>`seat.cinema_code = given.cinema_code and seat.seat_code = given.seat_code`;
const isGiven = (given: RawBuilder<unknown>) =>
  sql<boolean>`(cinema_code, seat_code) in (select cinema_code, seat_code from ${given} as given)`;

/** The shapes in which statements take rows. */
const SHAPES: Record<string, (db: Kysely<SeatDatabase>, given: RawBuilder<Asked>) => { compile(): CompiledQuery }> = {
  'an inner join': (db, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('seat', (join) => join.on(ofTheSeat))
      .selectAll('seat'),
  'a left join': (db, given) =>
    db
      .selectFrom(given.as('given'))
      .leftJoin('seat', (join) => join.on(ofTheSeat))
      .select(['given.seatCode', 'seat.sold']),
  'a sub-select of each row': (db, given) =>
    db
      .selectFrom(given.as('given'))
      .select(sql`(select count(*) from (select 1 from seat where ${ofTheSeat} limit 2) as one)`.as('sold'))
      .select(sql`exists (select 1 from seat where ${ofTheSeat})`.as('isSold')),
  'a list of keys': (db, given) => db.selectFrom('seat').selectAll().where(isGiven(given)),
  'an update': (db, given) => db.updateTable('seat').from(given.as('given')).set({ sold: 9 }).where(ofTheSeat),
  'a deletion by a list of keys': (db, given) => db.deleteFrom('seat').where(isGiven(given)),
  'a deletion by a join': (db, given) => db.deleteFrom('seat').using(given.as('given')).where(ofTheSeat),
  'a lock': (db, given) => db.selectFrom('seat').selectAll().where(isGiven(given)).orderBy('seatCode').forUpdate(),
};

describeEachEngine('rows of cinemas', ({ open, engine }) => {
  test('are asked about cinema by cinema where tables lie apart, in the order of the codes, and together on SQLite', async () => {
    const store = await open<SeatDatabase>(migrations);
    const inOrder = CINEMAS.toSorted();
    const statements = insertSeats.statements(store, [...seats, ...seats]);
    expect(statements).toHaveLength(engine === 'sqlite' ? 1 : 3);
    expect((await insertSeats.ask({ db: store.db, store }, seats)).map((seat) => seat.cinemaCode)).toEqual(
      engine === 'sqlite' ? CINEMAS : inOrder,
    );
    expect(await insertSeats.ask({ db: store.db, store }, [])).toEqual([]);
    expect(byCinema(store, [])).toEqual([]);
    expect(byCinema(store, seats).map((rows) => rows.map(({ cinemaCode }) => cinemaCode))).toEqual(
      engine === 'sqlite' ? [CINEMAS] : inOrder.map((code) => [code]),
    );
    const [byCode, all] = [{ cinemaCode: 'text' } as const, store.rowsAsTable(seats, COLUMNS)];
    for (const rows of [[], seats.slice(0, 1), [...seats, ...seats]]) {
      const given = store.rowsAsTable(rows, byCode);
      expect(await store.db.selectFrom(given.as('given')).selectAll().execute()).toEqual(
        rows.map(({ cinemaCode }) => ({ cinemaCode })),
      );
    }
    const known = SHAPES['an inner join']?.(store.db, all);
    expect((await store.db.executeQuery(known?.compile() as CompiledQuery)).rows).toHaveLength(3);
  });
});

describePostgres('on a table that is partitioned by cinema', ({ open }) => {
  test.each(Object.keys(SHAPES))('%s touches one partition', async (shape) => {
    const store = await open<SeatDatabase>(migrations);
    await insertSeats.ask({ db: store.db, store }, seats);
    const asked = [1, 2, 3].map((row) => ({ cinemaCode: '31000001', seatCode: `A${row}` }));
    const query = SHAPES[shape]?.(store.db, store.rowsAsTable(asked, COLUMNS)).compile() as CompiledQuery;
    const { rows } = await store.db.executeQuery<{ 'QUERY PLAN': string }>(
      CompiledQuery.raw(`explain ${query.sql}`, [...query.parameters]),
    );
    const plan = rows.map((row) => Object.values(row).join()).join('\n');
    expect(new Set(plan.match(/\bpart_\d\b/g)), plan).toHaveProperty('size', 1);
  });
});
