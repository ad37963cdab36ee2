import type { WallClock } from '@ticket-check/protocol';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isDeliveryOf } from '../outbox/deliveries.ts';
import { haveSameKey, sameColumns } from '../tables/keys.ts';
import {
  beginningOf,
  lockBriefly,
  type Month,
  monthlyTables,
  monthsFrom,
  partitionOf,
  restOf,
  TableInUse,
} from '../tables/months.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type BesideRecords, type PartOf, type RetentionTerms, reasonToStay } from './rule.ts';
import { lockParts, type Slice, TICKET, takeRows, type Walk, type WalkMode } from './walk.ts';

/**
 * Drops the months that are old as a whole, in a transaction each: what has to stay of a month moves to the default partition. To be
 * walked after that one, or what stays is counted twice.
 */
export function walkMonths(store: Store<CheckRecordTables>, beside: readonly BesideRecords[]): Walk {
  return async function* (terms, mode) {
    const tables = await monthlyTables(store);
    const months = tables.find(({ table }) => table === 'check_record')?.months ?? [];
    for (const month of months) {
      if (beginningOf(monthsFrom(month, 1)) > terms.cutoff) continue;
      // One made for some of the tables is emptied by nobody, so none is.
      const parted = tables.filter((one) => one.months.includes(month)).map(({ table }) => table);
      if (parted.length < tables.length) continue;
      try {
        yield await store.transaction((db) => takeMonth(db, { month, parted, terms, beside, ...mode }));
      } catch (error) {
        // Examining all of it again at once would keep those who write into it waiting.
        if (error instanceof TableInUse) continue;
        // Another process has dropped it since.
        if ((await monthlyTables(store)).some((one) => one.months.includes(month))) throw error;
      }
    }
  };
}

type Taken = WalkMode & {
  readonly month: Month;
  /** The tables that have a partition for it. */
  readonly parted: readonly string[];
  readonly terms: RetentionTerms;
  readonly beside: readonly BesideRecords[];
};

/** Counts what goes of a month and what stays, by statements over all of it; drops it where it deletes. */
async function takeMonth(db: Kysely<CheckRecordTables>, taken: Taken): Promise<Slice> {
  const { month, parted, terms, beside, deletes } = taken;
  const partOf: PartOf = (table) => sql.table(parted.includes(table) ? partitionOf(table, month) : table);
  const records = partOf('check_record');
  // Compiling takes longer than it saves, and tables of a month are joined whole.
  for (const setting of [sql`jit = off`, sql`work_mem = '64MB'`]) await sql`set local ${setting}`.execute(db);
  if (deletes) await lockParts(db, parted.map(partOf));

  await sql`${acrossCinemas('retention')} create temp table kept_record on commit drop as
    select * from (select given.*, ${reasonToStay(partOf, terms, beside)} as reason from ${records} as given) as given
    where reason is not null`.execute(db);
  await sql`analyze kept_record`.execute(db);
  const stayed = await sql<{ reason: string; count: number }>`
    select reason, count(*) as count from kept_record where check_time < ${sql.lit(terms.cutoff)} group by reason
  `.execute(db);
  const goes = sql`not exists (select 1 from kept_record k where ${haveSameKey('k', 'given')})`;
  const { rows } = await sql<{ count: number; oldest: WallClock | null }>`${acrossCinemas('retention')}
    select count(*) as count, min(check_time) as oldest from ${records} as given where ${goes}`.execute(db);
  const { count = 0, oldest = null } = rows[0] ?? {};

  /** Whether the record of a row, `b`, goes. */
  const isTheirs = (is: RawBuilder<boolean>) =>
    sql<boolean>`exists (select 1 from ${records} as given where ${is} and ${goes})`;
  const isOfMonth = sql`b.start_time >= ${sql.lit(beginningOf(month))}
    and b.start_time < ${sql.lit(beginningOf(monthsFrom(month, 1)))}`;
  const take = (table: string, is: RawBuilder<boolean>) =>
    // What goes with its partition is only counted.
    parted.includes(table)
      ? takeRows(db, sql`${partOf(table)} as b`, isTheirs(is), { deletes: false })
      : takeRows(db, sql`${sql.table(table)} as b`, sql`${isOfMonth} and ${isTheirs(is)}`, { deletes });
  const gone: Record<string, number> = { checkRecords: count, reversals: await take('reversal', IS_REVERSED) };
  for (const { table, kind, columns = TICKET } of beside) {
    const number = await take(table, sameColumns(Object.fromEntries(columns.map((name) => [name, 0])))('b', 'given'));
    if (kind !== undefined) gone[kind] = number;
  }
  if (deletes) {
    for (const table of parted) {
      if (table !== 'check_record') await keepOthers(db, { table, partOf, isTheirs });
    }
    await dropParts(db, parted, month);
  }
  return { gone, stayed: Object.fromEntries(stayed.rows.map(({ reason, count }) => [reason, count])), oldest };
}

const IS_REVERSED = sql<boolean>`b.reverses = given.record_id and b.identity = given.identity
  and b.cinema_code = given.cinema_code`;

/** Puts aside the rows of a partition that do not go with the records. */
async function keepOthers(
  db: Kysely<CheckRecordTables>,
  {
    table,
    partOf,
    isTheirs,
  }: { table: string; partOf: PartOf; isTheirs(is: RawBuilder<boolean>): RawBuilder<boolean> },
): Promise<void> {
  const kept = sql.table(`kept_${table}`);
  const stays =
    table === 'delivered_record'
      ? sql`exists (select 1 from kept_record k where ${isDeliveryOf('k', 'b')})`
      : sql`not ${isTheirs(sameColumns(Object.fromEntries(TICKET.map((name) => [name, 0])))('b', 'given'))}`;
  await sql`${acrossCinemas('retention')} create temp table ${kept} on commit drop as
    select b.* from ${partOf(table)} as b where ${stays}`.execute(db);
}

/**
 * Detaches the partitions of a month, puts back what stays and drops the rest. Detaching excludes everybody from the whole table for
 * some milliseconds. In the end it gives up, for those who wait for it to write into this month.
 */
async function dropParts(db: Kysely<CheckRecordTables>, parted: readonly string[], month: Month): Promise<void> {
  // Detaching locks what lies outside the months too.
  const parts = parted.flatMap((table) => [partitionOf(table, month), restOf(table)]);
  await lockBriefly(db, [...parted, ...parts]);
  for (const table of parted) {
    await sql`alter table ${sql.table(table)} detach partition ${sql.table(partitionOf(table, month))}`.execute(db);
  }
  await sql`alter table kept_record drop column reason`.execute(db);
  for (const table of parted) {
    const kept = sql.table(table === 'check_record' ? 'kept_record' : `kept_${table}`);
    await sql`${acrossCinemas('retention')} insert into ${sql.table(table)} select * from ${kept}`.execute(db);
    await sql`drop table ${sql.table(partitionOf(table, month))}`.execute(db);
  }
}
