import type { WallClock } from '@ticket-check/protocol';
import { acrossCinemas, isLocked } from '@ticket-check/storage';
import { type RawBuilder, sql } from 'kysely';
import { haveSameKey } from '../tables/keys.ts';
import {
  endOf,
  isInMonth,
  lockBriefly,
  type Month,
  type MonthlyTable,
  monthlyTables,
  partitionOf,
  restOf,
  TableInUse,
} from '../tables/months.ts';
import type { OwnDb, OwnStore } from '../tables/tables.ts';
import { type BesideRecords, columnsOf, KEY, type PartOf, type RetentionTerms, reasonsToStay } from './rule.ts';
import { lockParts, type Slice, takeRows, type Walk, type WalkMode } from './walk.ts';

/** Drops old months, in a transaction each: what has to stay moves to the default partition, which is to be walked before. */
export function walkMonths(store: OwnStore, beside: readonly BesideRecords[]): Walk {
  return async function* (terms, mode) {
    const tables = await monthlyTables(store);
    const months = tables.find(({ table }) => table === 'check_record')?.months ?? [];
    for (const month of months.filter((one) => endOf(one) <= terms.cutoff)) {
      try {
        yield await store.transaction((db) => takeMonth(db, { month, tables, terms, beside, ...mode }));
      } catch (error) {
        // Others use it, and would wait if it were examined again at once: the next purge takes it.
        if (error instanceof TableInUse || isLocked(error)) continue;
        // Or it was dropped meanwhile.
        if ((await monthlyTables(store)).some(({ months }) => months.includes(month))) throw error;
      }
    }
  };
}

type Taken = WalkMode & {
  month: Month;
  tables: MonthlyTable[];
  terms: RetentionTerms;
  beside: readonly BesideRecords[];
};

const MARK = acrossCinemas('retention');
const keptOf = (table: string) => sql.table(`kept_${table}`);
const keyOf = (table: string) => sql.join(KEY.map((column) => sql.ref(`${table}.${column}`)));

/** Counts what goes of a month and what stays, and drops it where it deletes. Citus refuses temporary tables in joins. */
async function takeMonth(db: OwnDb, taken: Taken): Promise<Slice> {
  const { month, tables, terms, beside, deletes } = taken;
  const parted = tables.filter((one) => one.months.includes(month)).map(({ table }) => table);
  const partOf: PartOf = (table) => {
    if (parted.includes(table)) return sql.table(partitionOf(table, month));
    // A table without this month has its rows in the default partition.
    return sql.table(tables.some((one) => one.table === table) ? restOf(table) : table);
  };
  const records = partOf('check_record');
  // Compiling takes longer than it saves, and tables of a month are joined whole.
  for (const setting of [sql`jit = off`, sql`work_mem = '256MB'`]) await sql`set local ${setting}`.execute(db);
  const parts = tables.map(({ table }) => partOf(table));
  if (deletes) await lockParts(db, parts);

  const reasons = reasonsToStay(partOf, terms, beside);
  const staying = reasons.map(
    ([, is, rows], n) => sql`select ${keyOf('given')}, ${sql.lit(n + 1)} as reason from ${records} as given
      ${rows === undefined ? sql`where ${is}` : sql`join ${rows}`}`,
  );
  const names = sql.join(reasons.map(([reason]) => sql.lit(reason)));
  const staysFor = sql`select ${keyOf('s')}, (array[${names}])[min(reason)] as reason
    from (${sql.join(staying, sql` union all `)}) as s group by ${keyOf('s')}`;
  const kept = sql`${records} as given join (${staysFor}) as k on ${haveSameKey('k', 'given')}`;
  await keep(db, 'check_record', sql`select given.*, k.reason from ${kept}`);
  await sql`analyze kept_check_record`.execute(db);
  const stayed = await sql<{ reason: string; count: number }>`
    select reason, count(*) as count from kept_check_record where check_time < ${sql.lit(terms.cutoff)} group by reason
  `.execute(db);
  const goes = sql`(given.record_id, given.identity) not in (select record_id, identity from kept_check_record)`;
  const { rows } = await sql<{ count: number; oldest: WallClock | null }>`${MARK}
    select count(*) as count, min(check_time) as oldest from ${records} as given where ${goes}`.execute(db);
  const { count = 0, oldest = null } = rows[0] ?? {};

  const gone: Record<string, number> = { checkRecords: count };
  for (const { table, kind, ...belonging } of beside) {
    if (kind === undefined && !deletes) continue;
    const isTheirs = sql`exists (select 1 from ${records} as given where ${columnsOf(belonging).belongs} and ${goes})`;
    const rows = sql`${partOf(table)} as b`;
    if (parted.includes(table)) await keep(db, table, sql`select b.* from ${rows} where not ${isTheirs}`);
    const number = parted.includes(table)
      ? (await countOf(db, rows)) - (await countOf(db, keptOf(table)))
      : await takeRows(db, rows, sql`${isInMonth(month)} and ${isTheirs}`, { deletes });
    if (kind !== undefined) gone[kind] = number;
  }
  if (deletes) await dropParts(db, parted, month);
  return { gone, stayed: Object.fromEntries(stayed.rows.map(({ reason, count }) => [reason, count])), oldest };
}

const countOf = (db: OwnDb, table: RawBuilder<unknown>) => takeRows(db, table, sql`true`, { deletes: false });

const keep = (db: OwnDb, table: string, rows: RawBuilder<unknown>) =>
  sql`${MARK} create temp table ${keptOf(table)} on commit drop as ${rows}`.execute(db);

/** Detaches the partitions of a month, puts back what stays and drops the rest. Excludes everybody for some milliseconds, or gives up. */
async function dropParts(db: OwnDb, parted: readonly string[], month: Month): Promise<void> {
  // Detaching locks what lies outside the months too.
  await lockBriefly(db, [...parted, ...parted.flatMap((table) => [partitionOf(table, month), restOf(table)])]);
  await sql`alter table kept_check_record drop column reason`.execute(db);
  for (const table of parted) {
    const part = sql.table(partitionOf(table, month));
    await sql`alter table ${sql.table(table)} detach partition ${part}`.execute(db);
    await sql`${MARK} insert into ${sql.table(table)} select * from ${keptOf(table)}`.execute(db);
    await sql`drop table ${part}`.execute(db);
  }
}
