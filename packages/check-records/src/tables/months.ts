import { monthsBefore, type WallClock } from '@ticket-check/protocol';
import { pause } from '@ticket-check/runtime';
import { acrossCinemas, type Engine, isLocked } from '@ticket-check/storage';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

/** A month of StartTime: from 06:00 of its first day, as business dates begin, up to the same of the next month. `YYYY-MM`. */
export type Month = string;

const MONTHS_AHEAD = 3;

const BEGINS = '-01T06:00:00';

export function monthOf(time: WallClock): Month {
  const month = time.slice(0, 7);
  return time < `${month}${BEGINS}` ? monthsFrom(month, -1) : month;
}

export const beginningOf = (month: Month): WallClock => `${month}${BEGINS}` as WallClock;

export const monthsFrom = (month: Month, count: number): Month => monthsBefore(beginningOf(month), -count).slice(0, 7);

export const endOf = (month: Month): WallClock => beginningOf(monthsFrom(month, 1));

export const isInMonth = (month: Month): RawBuilder<boolean> =>
  sql`start_time >= ${sql.lit(beginningOf(month))} and start_time < ${sql.lit(endOf(month))}`;

/**
 * Partitions a table by month of StartTime on PostgreSQL, so that old months are dropped: what asks for a ticket, a claim or a record
 * knows its StartTime and reads one partition. `makeMonths` makes them.
 */
export const byMonth = (engine: Engine): RawBuilder<unknown> =>
  sql.raw(engine === 'sqlite' ? '' : 'partition by range (start_time)');

/** Vacuums a month's partition after 2 % of it, so that index-only scans find it visible and dead claims leave room. */
const TUNED = sql`with (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
)`;

export type MonthlyTable = { readonly table: string; readonly months: readonly Month[] };

export const partitionOf = (table: string, month: Month): string => `${table}_${month.replace('-', '_')}`;
export const restOf = (table: string): string => `${table}_rest`;

const MONTH_OF_PARTITION = /_(\d{4})_(\d\d)$/;

type Partitioned = { readonly engine: Engine; readonly db: QueryExecutorProvider };

const TABLES = ['check_record', 'delivered_record', 'ticket_claim'];

/** Those of our tables in this database that are partitioned by month; none on SQLite. */
export async function monthlyTables({ db, engine }: Partitioned): Promise<MonthlyTable[]> {
  if (engine === 'sqlite') return [];
  const { rows } = await sql<{ name: string; part: string | null }>`
    select p.relname as name, c.relname as part from pg_partitioned_table t join pg_class p on p.oid = t.partrelid
    left join pg_inherits i on i.inhparent = p.oid left join pg_class c on c.oid = i.inhrelid
    where t.partstrat = 'r' and p.relname in (${sql.join(TABLES)}) and p.relnamespace = current_schema()::regnamespace order by 1, 2
  `.execute(db);
  return [...Map.groupBy(rows, ({ name }) => name)].map(([table, parts]) => ({
    table,
    months: parts.flatMap(({ part }) => {
      const [, year, month] = MONTH_OF_PARTITION.exec(part ?? '') ?? [];
      return year === undefined ? [] : [`${year}-${month}`];
    }),
  }));
}

/** Makes the missing partitions of the months around a time, in an open transaction; rows of the default partition move into them. */
export async function makeMonths(db: QueryExecutorProvider, engine: Engine, at: WallClock): Promise<void> {
  const wanted = Array.from({ length: MONTHS_AHEAD + 2 }, (_, n) => monthsFrom(monthOf(at), n - 1));
  const tables = await monthlyTables({ db, engine });
  const withRest = (table: string) => [table, restOf(table)];
  for (const { table } of tables) {
    const [whole, rest] = withRest(table).map((name) => sql.table(name));
    await sql`create table if not exists ${rest} partition of ${whole} default ${TUNED}`.execute(db);
  }
  const missing = tables.flatMap(({ table, months }) =>
    wanted.flatMap((month) => (months.includes(month) ? [] : { table, month })),
  );
  if (missing.length === 0) return;
  await lockBriefly(db, [...new Set(missing.flatMap(({ table }) => withRest(table)))]);
  for (const { table, month } of missing) await makeMonth(db, table, month);
}

const LOCK_TIMEOUT = '200ms';
const MAX_TRIES = 10;
const PAUSE_MS = 200;

/** Others did not let a transaction have a whole table. Not `isLocked`, which would run all of the transaction again at once. */
export class TableInUse extends Error {}

/** Excludes everybody from tables until the transaction ends; lets all pass where it has to wait. @throws TableInUse after seconds */
export async function lockBriefly(db: QueryExecutorProvider, tables: readonly string[]): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(db);
  for (let tries = 1; ; tries += 1) {
    await sql`savepoint locking`.execute(db);
    try {
      for (const table of tables) await sql`lock table only ${sql.table(table)} in access exclusive mode`.execute(db);
      return;
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (tries === MAX_TRIES) throw new TableInUse(`Others use ${tables.join(', ')}.`);
      await sql`rollback to savepoint locking`.execute(db);
      await pause(PAUSE_MS, undefined);
    }
  }
}

const PACKED = 'packed';

/** Rebuilds the indexes of months that are over, each once, while others go on; drops what a cancelled or killed build left. */
export async function packMonths(
  { db, engine, isDistributed }: Partitioned & { readonly isDistributed: boolean },
  at: WallClock,
  ending: AbortSignal,
): Promise<void> {
  // Citus has the shards of a server build at once, under names that are the same where PostgreSQL shortens them.
  if (isDistributed) return;
  // In the order in which they were made, on which it depends what PostgreSQL takes (`check_record_cinema`). Into the month before
  // this one records still come late.
  const since = monthsFrom(monthOf(at), -1);
  const over = (await monthlyTables({ db, engine })).flatMap(({ table, months }) =>
    months.filter((month) => month < since).map((month) => sql`to_regclass(${partitionOf(table, month)})`),
  );
  if (over.length === 0) return;
  const { rows } = await sql<{ index: string; isLeft: number }>`
    select c.oid::regclass::text as index, not i.indisvalid as "isLeft" from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in (${sql.join(over)})
      and case when i.indisvalid then obj_description(c.oid, 'pg_class') is distinct from ${PACKED} else c.relname ~ '_cc(new|old)\\d*$' end
    order by c.oid
  `.execute(db);
  for (const { index, isLeft } of rows) {
    if (ending.aborted) return;
    if (isLeft === 1) await runUntil(ending, db, `drop index concurrently ${index}`);
    else {
      await sql`alter index ${sql.raw(index)} set (fillfactor = 100)`.execute(db);
      if (await runUntil(ending, db, `reindex index concurrently ${index}`))
        await sql`comment on index ${sql.raw(index)} is ${sql.lit(PACKED)}`.execute(db);
    }
  }
}

/** Runs a statement that may wait for all others, and cancels it when `ending` aborts; answers whether it ran to its end. */
async function runUntil(ending: AbortSignal, db: QueryExecutorProvider, statement: string): Promise<boolean> {
  const cancel = () => {
    const isOurs = sql`datname = current_database() and state = 'active' and query = ${statement}`;
    sql`select pg_cancel_backend(pid) from pg_stat_activity where ${isOurs}`.execute(db).catch(() => {});
  };
  ending.addEventListener('abort', cancel, { once: true });
  try {
    await sql.raw(statement).execute(db);
    return true;
  } catch (error) {
    if (!ending.aborted) throw error;
    return false;
  } finally {
    ending.removeEventListener('abort', cancel);
  }
}

async function makeMonth(db: QueryExecutorProvider, table: string, month: Month): Promise<void> {
  const [name, rest] = [sql.table(partitionOf(table, month)), sql.table(restOf(table))];
  const [from, until] = [beginningOf(month), endOf(month)];
  const isIn = isInMonth(month);
  // PostgreSQL makes no partition of rows that the default one holds.
  const moving = sql.table(`moving_${partitionOf(table, month)}`);
  await sql`create temp table ${moving} on commit drop as select * from ${rest} where ${isIn}`.execute(db);
  await sql`${acrossCinemas('retention')} delete from ${rest} where ${isIn}`.execute(db);
  await sql`create table ${name} partition of ${sql.table(table)} for values from (${sql.lit(from)}) to (${sql.lit(until)}) ${TUNED}`.execute(
    db,
  );
  await sql`${acrossCinemas('retention')} insert into ${name} select * from ${moving}`.execute(db);
}
