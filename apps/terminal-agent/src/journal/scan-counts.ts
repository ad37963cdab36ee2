import { type ScanStep, TEN_MINUTES_LENGTH, tenMinutesOf, type WallClock } from '@ticket-check/protocol';
import type { Migrations, Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { SALVAGED } from './scan-tables.ts';

/** Rows of what scans came to. */
export type ScanCountTables = {
  /**
   * How many scans of ten minutes were decided, by verdict. `step` is the beginning of their time, `2026-11-26T20:1`, and
   * `storeId` the generation of the data that counted them: what a restored backup brings along was counted, and told, by another.
   */
  scanCount: { storeId: string; step: string; verdict: string; count: number };
};

/** What a decision adds to its count. Scans that were salvaged are those of a store that counted them itself. */
const COUNTING = sql.raw(`
  insert into scan_count (store_id, step, verdict, count)
  select generation, substr(new.scanned_at, 1, ${TEN_MINUTES_LENGTH}), new.verdict, 1 from store_generation where true
  on conflict do update set count = count + 1;
`);

export const scanCountMigrations: Migrations = {
  // Counted by the database, in the transaction that decides, so that no way to decide a scan is left out, and what is deleted
  // later stays counted. To count the journal itself would take an index of every scan there is.
  '0001': async (db) => {
    await db.schema
      .createTable('scan_count')
      .addColumn('store_id', 'text', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('scan_count_pk', ['store_id', 'step', 'verdict'])
      .modifyEnd(sql`without rowid`)
      .execute();
    const isNew = sql.raw(`new.verdict is not null and new.detail is not '${SALVAGED}'`);
    await sql`
      create trigger scan_counted after insert on scan when ${isNew} begin ${COUNTING} end
    `.execute(db);
    await sql`
      create trigger scan_counted_late after update of verdict on scan when old.verdict is null and ${isNew}
      begin ${COUNTING} end
    `.execute(db);
  },
};

type Time = { readonly from: WallClock; readonly until: WallClock };

const stepOf = (time: WallClock) => time.slice(0, TEN_MINUTES_LENGTH);

/** What the scans of a time came to at this store, in steps of ten minutes, oldest first. */
export async function loadScanSteps(store: Store<ScanCountTables>, { from, until }: Time): Promise<ScanStep[]> {
  const rows = await store.db
    .selectFrom('scanCount')
    .select(['step', sql<string>`json_group_object(verdict, count)`.as('counts')])
    .where('storeId', '=', store.currentGeneration().generation)
    .where('step', '>=', stepOf(from))
    .where('step', '<', stepOf(until))
    .groupBy('step')
    .orderBy('step')
    .execute();
  return rows.map(({ step, counts }) => ({ at: tenMinutesOf(step), counts: JSON.parse(counts) }));
}

/** Deletes all counts but those of a time; also what a clock that was ahead has counted. */
export async function forgetScanCounts({ db }: Store<ScanCountTables>, { from, until }: Time): Promise<void> {
  await db
    .deleteFrom('scanCount')
    .where((eb) => eb.or([eb('step', '<', stepOf(from)), eb('step', '>=', stepOf(until))]))
    .execute();
}
