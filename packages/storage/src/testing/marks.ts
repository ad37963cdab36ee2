import { type Kysely, sql } from 'kysely';
import type { Migrations } from '../migrations.ts';
import type { Store } from '../store.ts';

/** A database for tests of several processes: a second run of its steps would show as a second founding. */
export interface MarksDatabase {
  founding: { founder: number };
  mark: { number: number; processId: number };
}

export const marksMigrations: Migrations = {
  '2026-01-01-founding': async (db) => {
    await sql`create table founding (founder bigint)`.execute(db);
    await sql`insert into founding values (${process.pid})`.execute(db);
  },
  '2026-01-02-marks': async (db) => {
    await sql`create table mark (number bigint primary key, process_id bigint)`.execute(db);
  },
};

export async function mark(store: Store<MarksDatabase>, number: number): Promise<void> {
  await store.transaction((trx) => trx.insertInto('mark').values({ number, processId: process.pid }).execute());
}

export async function numbersIn(db: Kysely<MarksDatabase>): Promise<number[]> {
  return (await db.selectFrom('mark').select('number').orderBy('number').execute()).map(({ number }) => number);
}
