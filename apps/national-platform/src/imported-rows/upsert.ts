import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { ColumnType, Store } from '@ticket-check/storage';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

/** How rows of one kind lie in their table. */
export type RowTarget<Row extends object> = {
  table: string;
  /** The columns of the primary key. */
  key: readonly (keyof Row & string)[];
  /** All columns, those of the key included. */
  columns: Record<keyof Row & string, ColumnType>;
  /** When a row that is there already is written over; by default, when any of its values differs. */
  replaces?: RawBuilder<unknown>;
};

/**
 * Writes a set of rows in one statement: new ones are inserted, changed ones written over, equal ones left alone. Of two
 * rows with the same key the later one counts. Returns how many rows were new or changed.
 */
export async function upsertRows<Row extends object>(
  store: Pick<Store<unknown>, 'rowsAsTable'>,
  trx: QueryExecutorProvider,
  target: RowTarget<Row>,
  rows: readonly Row[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { table, key, columns } = target;
  const names = Object.keys(columns) as (keyof Row & string)[];
  const values = names.filter((name) => !key.includes(name));
  const ids = names.map((name) => sql.id(name));
  const replaces =
    target.replaces ??
    sql.join(
      values.map((name) => sql`${sql.id(table, name)} is distinct from ${sql.id('excluded', name)}`),
      sql` or `,
    );
  // `where true` keeps SQLite from reading `on conflict` as a join condition.
  const result = await sql`
    insert into ${sql.table(table)} (${sql.join(ids)})
    select ${sql.join(ids)} from ${store.rowsAsTable(inKeyOrder(key, rows), columns)} as given where true
    on conflict (${sql.join(key.map((name) => sql.id(name)))}) do update
    set ${sql.join(values.map((name) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`))}
    where ${replaces}`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}

/** One row per key, sorted: two imports that meet then take their locks in the same order and never wait for each other. */
function inKeyOrder<Row extends object>(key: readonly (keyof Row & string)[], rows: readonly Row[]): Row[] {
  const byKey = new Map(rows.map((row) => [JSON.stringify(key.map((name) => row[name])), row]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** A row with the Datetime of the request that writes it. */
type Dated<Row> = Row & { readonly writtenAt: string };

/**
 * Two requests that are both within the widest clock window lie no further apart: a row that claims to be later than that
 * was written while this machine's clock stood ahead, and would keep every import away until then.
 */
const FARTHEST_APART_SECONDS = 2 * 3600;

/**
 * Writes rows as `upsertRows` does, except that a row which was written by a later Datetime stays as it is (reading E7). A
 * row that comes again unchanged takes the later Datetime and does not count. `allows` says what else must hold for a row
 * to be written over.
 */
export async function upsertDated<Row extends object>(
  store: Pick<Store<unknown>, 'rowsAsTable'>,
  trx: QueryExecutorProvider,
  target: Omit<RowTarget<Row>, 'replaces'> & { allows?: RawBuilder<unknown> },
  rows: readonly Row[],
  writtenAt: WallClock,
): Promise<number> {
  const { table, key, allows = sql`true` } = target;
  const columns = { ...target.columns, writtenAt: 'text' } as Record<keyof Dated<Row> & string, ColumnType>;
  const values = (Object.keys(target.columns) as (keyof Row & string)[]).filter((name) => !key.includes(name));
  const column = (name: string) => sql.id(table, name);
  const differs = sql.join(
    values.map((name) => sql`${column(name)} is distinct from ${sql.id('excluded', name)}`),
    sql` or `,
  );
  const cannotBe = sql`${column('writtenAt')} > ${addSeconds(writtenAt, FARTHEST_APART_SECONDS)}`;
  const notLater = sql`(${column('writtenAt')} <= ${sql.id('excluded', 'writtenAt')} or ${cannotBe})`;
  const dated: Dated<Row>[] = rows.map((row) => ({ ...row, writtenAt }));
  const replaces = sql`(${differs}) and ${notLater} and (${allows})`;
  const changed = await upsertRows<Dated<Row>>(store, trx, { table, key, columns, replaces }, dated);
  // What was written above has this Datetime already; what is left and the same was written earlier.
  // The key by `=`, which alone finds rows by the index on PostgreSQL.
  const same = [
    ...key.map((name) => sql`${column(name)} = ${sql.id('given', name)}`),
    ...values.map((name) => sql`${column(name)} is not distinct from ${sql.id('given', name)}`),
  ];
  await sql`
    update ${sql.table(table)} set ${sql.id('writtenAt')} = ${writtenAt}
    from ${store.rowsAsTable(inKeyOrder(key, rows), target.columns)} as given
    where ${sql.join(same, sql` and `)} and (${column('writtenAt')} < ${writtenAt} or ${cannotBe})`.execute(trx);
  return changed;
}
