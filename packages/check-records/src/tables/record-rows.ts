import { type ColumnType, columnsOf, queryOverRows } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { haveSameKey, haveSameTicket, KEY_COLUMNS, keyText, PRIMARY_KEY } from './keys.ts';
import { BLANKS, type Fillable, type ReceivedRecord, recordOf, rowOf } from './received-record.ts';
import { CHECK_RECORD_COLUMNS, type CheckRecordRow, type CheckRecordTables, type Database } from './tables.ts';

const { recordId: _id, identity: _identity, cinemaCode: _cinemaCode, ...NOT_OF_THE_KEY } = CHECK_RECORD_COLUMNS;

const FILLABLE_COLUMNS = Object.fromEntries(
  (Object.keys(BLANKS) as Fillable[]).map((name) => [name, CHECK_RECORD_COLUMNS[name]]),
) as Record<Fillable, ColumnType>;

export async function insertNew(database: Database, rows: readonly CheckRecordRow[]): Promise<Set<string>> {
  return new Set((await insertMissing.ask(database, rows)).map(keyText));
}

/**
 * Makes what inserts records that are not there, and answers by `keyText` how many entries their tickets had before, up to `max`. Only
 * on PostgreSQL, where a statement does not see what it inserts.
 */
export function countingInsert(max: number) {
  const insert = queryOverRows<CheckRecordTables, CheckRecordRow, StoredKey & { entries: number }>(
    CHECK_RECORD_COLUMNS,
    (database, rows) =>
      insertingMissing(database, rows).returning(
        sql<number>`(
            select count(*) from (
              select 1 from check_record c where ${haveSameTicket('c', 'checkRecord')} and c.quarantine is null limit ${sql.lit(max)}
            ) as entry
          )`.as('entries'),
      ),
  );
  return async (database: Database, rows: readonly CheckRecordRow[]): Promise<Map<string, number>> =>
    new Map((await insert.ask(database, rows)).map((row) => [keyText(row), row.entries]));
}

const insertMissing = queryOverRows<CheckRecordTables, CheckRecordRow, StoredKey>(
  CHECK_RECORD_COLUMNS,
  insertingMissing,
);

function insertingMissing({ db, store }: Database, rows: RawBuilder<CheckRecordRow>) {
  return inserting(db, rows)
    .onConflict((conflict) => conflict.columns(PRIMARY_KEY[store.engine]).doNothing())
    .returning(['recordId', 'identity']);
}

type StoredKey = Pick<CheckRecordRow, 'recordId' | 'identity'>;
type Key = Pick<CheckRecordRow, keyof typeof KEY_COLUMNS>;

export function inserting(db: Kysely<CheckRecordTables>, rows: RawBuilder<CheckRecordRow>) {
  return insertFrom(db, 'checkRecord', rows, Object.keys(CHECK_RECORD_COLUMNS));
}

/** Inserts rows that are given as a table: these columns of it, and in `others` what an expression over it says. */
export function insertFrom<DB, Table extends keyof DB & string>(
  db: Kysely<DB>,
  table: Table,
  rows: RawBuilder<unknown>,
  columns: readonly string[],
  others: Readonly<Record<string, RawBuilder<unknown>>> = {},
) {
  const values = [...columns.map((column) => sql.ref(`given.${column}`)), ...Object.values(others)];
  return (
    db
      .insertInto(table)
      .columns([...columns, ...Object.keys(others)] as never)
      // Without the condition SQLite reads a following `on conflict` as a join.
      .expression(sql`select ${sql.join(values)} from ${rows} as given where true`)
  );
}

export async function loadStored(database: Database, keys: readonly Key[]): Promise<Map<string, ReceivedRecord>> {
  if (keys.length === 0) return new Map();
  const rows = await withKeys.ask(database, keys);
  return new Map(rows.map((row) => [keyText(row), recordOf(row)]));
}

const withKeys = queryOverRows<CheckRecordTables, Key, CheckRecordRow>(KEY_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'given')))
    .select(columnsOf('checkRecord', CHECK_RECORD_COLUMNS)),
);

/** Replaces quarantined records by genuine ones that name the same; answers which, by `keyText`. */
export const writeCleared = writingOver(
  NOT_OF_THE_KEY,
  (name) => sql.ref(`given.${name}`),
  sql<boolean>`check_record.quarantine is not null`,
);

/** Writes blanks that are still blank, whatever another process has filled since; answers which are stored, by `keyText`. */
export const writeFilled = writingOver(FILLABLE_COLUMNS, (name) => {
  const [stored, given] = [sql.ref(`checkRecord.${name}`), sql.ref(`given.${name}`)];
  const blank = BLANKS[name];
  if (blank === null) return sql`coalesce(${stored}, ${given})`;
  return sql`case when ${stored} = ${sql.lit(blank)} then ${given} else ${stored} end`;
});

function writingOver<Name extends keyof CheckRecordRow>(
  columns: Record<Name, ColumnType>,
  newValue: (name: Name) => RawBuilder<unknown>,
  isMeant: RawBuilder<boolean> = sql.lit(true),
) {
  const write = queryOverRows<CheckRecordTables, CheckRecordRow, StoredKey>(
    { ...KEY_COLUMNS, ...columns } as Record<keyof CheckRecordRow, ColumnType>,
    ({ db }, given) =>
      db
        .updateTable('checkRecord')
        .from(given.as('given'))
        .set(Object.fromEntries((Object.keys(columns) as Name[]).map((name) => [name, newValue(name)])))
        .where(haveSameKey('checkRecord', 'given'))
        .where(isMeant)
        .returning(['checkRecord.recordId', 'checkRecord.identity']),
  );
  return async (database: Database, records: readonly ReceivedRecord[]): Promise<Set<string>> =>
    new Set((await write.ask(database, records.map(rowOf))).map(keyText));
}

const SETTLED_COLUMNS = { ...KEY_COLUMNS, quarantine: 'text' } as const;
type SettledRow = Pick<CheckRecordRow, keyof typeof SETTLED_COLUMNS>;

/** Gives quarantined records another `quarantine`, or none; answers them as they are now stored. */
export const settleRows = queryOverRows<CheckRecordTables, SettledRow, CheckRecordRow>(
  SETTLED_COLUMNS,
  ({ db }, given) =>
    db
      .updateTable('checkRecord')
      .from(given.as('given'))
      .set({ quarantine: sql<string | null>`given.quarantine` })
      .where(haveSameKey('checkRecord', 'given'))
      .where('checkRecord.quarantine', 'is not', null)
      // SQLite returns no wildcard of a table here.
      .returning(columnsOf('checkRecord', CHECK_RECORD_COLUMNS)),
);
