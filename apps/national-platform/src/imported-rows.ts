import type { Call } from '@ticket-check/exchange';
import { addSeconds, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { byCinema, type ColumnType, type Store } from '@ticket-check/storage';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

/** Where rows come from, which decides what they may overwrite. Reading E7. */
export type ImportOrigin = {
  /** The account; `''` for a command. */
  readonly source: string;
  /** The Datetime of the signed request, or the current time for a command: later rows are not overwritten. */
  readonly datetime: WallClock;
  /** The account if it is limited to some cinemas, otherwise `''`; also `''` for a command. */
  readonly limitedTo: string;
  /** The signature of the request, accepted once; null for a command. */
  readonly signature: Buffer | null;
};

export function originOfCall({ account, signed }: Call): ImportOrigin {
  const limitedTo = account.cinemaCodes === 'all' ? '' : account.username;
  return { source: account.username, datetime: signed.datetime, limitedTo, signature: signed.signature };
}

export function originOfCommand(now: Clock): ImportOrigin {
  return { source: '', datetime: wallClockAt(now()), limitedTo: '', signature: null };
}

export type RowTarget<Row extends object> = {
  table: string;
  key: readonly (keyof Row & string)[];
  columns: Record<keyof Row & string, ColumnType>;
  /** When an existing row is overwritten; by default, when any value differs. */
  replaces?: RawBuilder<unknown>;
};

/**
 * Writes rows in one statement, or in one for each cinema (`byCinema`): inserts new ones, overwrites changed ones, leaves equal ones.
 * The later of two rows with the same key counts. Returns how many rows were new or changed.
 */
export async function upsertRows<Row extends object>(
  store: Pick<Store<unknown>, 'rowsAsTable' | 'isDistributed'>,
  trx: QueryExecutorProvider,
  target: RowTarget<Row>,
  rows: readonly Row[],
): Promise<number> {
  const { table, key, columns } = target;
  const names = Object.keys(columns) as (keyof Row & string)[];
  const values = names.filter((name) => !key.includes(name));
  const ids = names.map((name) => sql.id(name));
  const replaces = target.replaces ?? isOther(table, values);
  // `where true` keeps SQLite from reading `on conflict` as a join condition.
  let written = 0;
  for (const some of asGroups(store, inKeyOrder(key, rows))) {
    const result = await sql`
      insert into ${sql.table(table)} (${sql.join(ids)})
      select ${sql.join(ids)} from ${store.rowsAsTable(some, columns)} as given where true
      on conflict (${sql.join(key.map((name) => sql.id(name)))}) do update
      set ${sql.join(values.map((name) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`))}
      where ${replaces}
      returning 1`.execute(trx);
    // Citus counts what is given as written.
    written += result.rows.length;
  }
  return written;
}

/** The rows of each cinema, where they have one (`byCinema`). */
function asGroups<Row extends object>(
  store: Pick<Store<unknown>, 'isDistributed'>,
  rows: readonly Row[],
): (readonly Row[])[] {
  if (rows[0] === undefined || !('cinemaCode' in rows[0])) return rows.length === 0 ? [] : [rows];
  return byCinema(store, rows as readonly (Row & { cinemaCode: string })[]);
}

/** Whether a row differs in one of these columns from the one that is to be written. */
function isOther(table: string, columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(
    columns.map((name) => sql`${sql.id(table, name)} is distinct from ${sql.id('excluded', name)}`),
    sql` or `,
  );
}

/** Keeps the last row of each key, sorted: concurrent writers take their locks in the same order and cannot deadlock. */
export function inKeyOrder<Row extends object>(key: readonly (keyof Row & string)[], rows: readonly Row[]): Row[] {
  const byKey = new Map(rows.map((row) => [JSON.stringify(key.map((name) => row[name])), row]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export type DatedTarget<Row extends object> = Omit<RowTarget<Row>, 'replaces'> & {
  /** A further condition for overwriting a row. */
  readonly allows?: RawBuilder<unknown>;
};

type Dated<Row> = Row & { readonly writtenAt: string };

/**
 * The widest distance of two requests that are both within the clock window. A row dated later than that was written while
 * this machine's clock was ahead, and would block every import until then.
 */
const FARTHEST_APART_SECONDS = 2 * 3600;

/**
 * Writes rows like `upsertRows`, but keeps rows with a later Datetime (reading E7). An unchanged row takes the later Datetime
 * and does not count.
 */
export async function upsertDated<Row extends object>(
  store: Pick<Store<unknown>, 'rowsAsTable' | 'isDistributed'>,
  trx: QueryExecutorProvider,
  target: DatedTarget<Row>,
  rows: readonly Row[],
  writtenAt: WallClock,
): Promise<number> {
  const { table, key, allows = sql`true` } = target;
  const columns = { ...target.columns, writtenAt: 'text' } as Record<keyof Dated<Row> & string, ColumnType>;
  const values = (Object.keys(target.columns) as (keyof Row & string)[]).filter((name) => !key.includes(name));
  const column = (name: string) => sql.id(table, name);
  // A literal: Citus hands no parameter on to the conflicts of an insert from a select.
  const cannotBe = sql`${column('writtenAt')} > ${sql.lit(addSeconds(writtenAt, FARTHEST_APART_SECONDS))}`;
  const notLater = sql`(${column('writtenAt')} <= ${sql.id('excluded', 'writtenAt')} or ${cannotBe})`;
  const dated: Dated<Row>[] = rows.map((row) => ({ ...row, writtenAt }));
  const replaces = sql`(${isOther(table, values)}) and ${notLater} and (${allows})`;
  const changed = await upsertRows<Dated<Row>>(store, trx, { table, key, columns, replaces }, dated);
  // Rows written above have this Datetime already; unchanged ones with an earlier Datetime are left.
  // Compare the key by `=`: PostgreSQL uses the index only for that.
  const same = [
    ...key.map((name) => sql`${column(name)} = ${sql.id('given', name)}`),
    ...values.map((name) => sql`${column(name)} is not distinct from ${sql.id('given', name)}`),
  ];
  for (const some of asGroups(store, inKeyOrder(key, rows)))
    await sql`
      update ${sql.table(table)} set ${sql.id('writtenAt')} = ${writtenAt}
      from ${store.rowsAsTable(some, target.columns)} as given
      where ${sql.join(same, sql` and `)} and (${column('writtenAt')} < ${writtenAt} or ${cannotBe})`.execute(trx);
  return changed;
}
