import { type ColumnType, columnsOf, type Query, queryOverRows } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { haveSameKey, haveSameTicket, KEY_COLUMNS, keyText, PRIMARY_KEY } from './keys.ts';
import { BLANKS, type Fillable, type ReceivedRecord, recordOf, rowOf } from './received-record.ts';
import { CHECK_RECORD_COLUMNS, type CheckRecordRow, type CheckRecordTables, type Database } from './tables.ts';

const { recordId: _id, identity: _identity, cinemaCode: _cinemaCode, ...NOT_OF_THE_KEY } = CHECK_RECORD_COLUMNS;

const FILLABLE_COLUMNS = Object.fromEntries(
  (Object.keys(BLANKS) as Fillable[]).map((name) => [name, CHECK_RECORD_COLUMNS[name]]),
) as Record<Fillable, ColumnType>;

type Inserted = Pick<CheckRecordRow, 'recordId' | 'identity'> & { readonly entries: number };

/** By the bound up to which they count. */
const inserts = new Map<number | undefined, Query<CheckRecordTables, CheckRecordRow, Inserted>>();

/**
 * Inserts the records that are not there. Answers by `keyText` which these are and how many entries their tickets had before, up to
 * `max`; 0 without it. Only PostgreSQL can count: there a statement does not see what it inserts.
 */
export async function insertNew(database: Database, rows: readonly CheckRecordRow[], max: number | undefined) {
  const insert = inserts.get(max) ?? insertingMissing(max);
  inserts.set(max, insert);
  return new Map((await insert.ask(database, rows)).map((row) => [keyText(row), row.entries]));
}

function insertingMissing(max: number | undefined): Query<CheckRecordTables, CheckRecordRow, Inserted> {
  const entries = max === undefined ? sql.lit(0) : countEntries(haveSameTicket('c', 'checkRecord'), max);
  return queryOverRows(CHECK_RECORD_COLUMNS, ({ db, store }, rows) =>
    insertFrom(db, 'checkRecord', rows, CHECK_RECORD_COLUMNS)
      .onConflict((conflict) => conflict.columns(PRIMARY_KEY[store.engine]).doNothing())
      .returning(['recordId', 'identity', entries.as('entries')]),
  );
}

/** Counts the entries, `c`, that are like this, up to `max`. */
export const countEntries = (which: RawBuilder<unknown>, max: number) => sql<number>`(
  select count(*) from (select 1 from check_record c where ${which} and c.quarantine is null limit ${sql.lit(max)}) as entry
)`;

/** Inserts records as if every one were new; a known one violates a key. */
export const insertRecords = queryOverRows<CheckRecordTables, CheckRecordRow, unknown>(
  CHECK_RECORD_COLUMNS,
  ({ db }, rows) => insertFrom(db, 'checkRecord', rows, CHECK_RECORD_COLUMNS),
);

/** Inserts rows that are given as a table: these columns of it, and in `others` what an expression over it says. */
export function insertFrom<DB, Table extends keyof DB & string>(
  db: Kysely<DB>,
  table: Table,
  rows: RawBuilder<unknown>,
  columns: object,
  others: Readonly<Record<string, RawBuilder<unknown>>> = {},
) {
  const given = Object.keys(columns);
  const values = [...given.map((column) => sql.ref(`given.${column}`)), ...Object.values(others)];
  return (
    db
      .insertInto(table)
      .columns([...given, ...Object.keys(others)] as never)
      // Without the condition SQLite reads a following `on conflict` as a join.
      .expression(sql`select ${sql.join(values)} from ${rows} as given where true`)
  );
}

type Key = Pick<CheckRecordRow, keyof typeof KEY_COLUMNS>;

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

const asGiven = (name: string) => sql.ref(`given.${name}`);
const IS_QUARANTINED = sql<boolean>`check_record.quarantine is not null`;

/** Replaces quarantined records by genuine ones that name the same; answers which, by `keyText`. */
export const writeCleared = writing(updating(NOT_OF_THE_KEY, KEY_COLUMNS, asGiven, IS_QUARANTINED));

/** Writes blanks that are still blank, whatever another process has filled since; answers which are stored, by `keyText`. */
export const writeFilled = writing(
  updating(FILLABLE_COLUMNS, KEY_COLUMNS, (name) => {
    const [stored, given] = [sql.ref(`checkRecord.${name}`), asGiven(name)];
    const blank = BLANKS[name];
    if (blank === null) return sql`coalesce(${stored}, ${given})`;
    return sql`case when ${stored} = ${sql.lit(blank)} then ${given} else ${stored} end`;
  }),
);

/** Gives quarantined records another `quarantine`, or none; answers them as they are now stored. */
export const settleRows = updating({ quarantine: 'text' }, CHECK_RECORD_COLUMNS, asGiven, IS_QUARANTINED);

/** Makes what updates records under the keys of given rows, and answers these columns of them as they are now stored. */
function updating<Name extends keyof CheckRecordRow, Answered extends keyof CheckRecordRow>(
  columns: Record<Name, ColumnType>,
  answered: Record<Answered, ColumnType>,
  newValue: (name: NoInfer<Name>) => RawBuilder<unknown>,
  isMeant: RawBuilder<boolean> = sql.lit(true),
): Query<CheckRecordTables, Key & Pick<CheckRecordRow, Name>, Pick<CheckRecordRow, Answered>> {
  return queryOverRows(
    { ...KEY_COLUMNS, ...columns } as Record<keyof typeof KEY_COLUMNS | Name, ColumnType>,
    ({ db }, given) =>
      db
        .updateTable('checkRecord')
        .from(given.as('given'))
        .set(Object.fromEntries((Object.keys(columns) as Name[]).map((name) => [name, newValue(name)])))
        .where(haveSameKey('checkRecord', 'given'))
        .where(isMeant)
        // SQLite returns no wildcard of a table here.
        .returning(columnsOf('checkRecord', answered))
        .$castTo<Pick<CheckRecordRow, Answered>>(),
  );
}

function writing(write: Query<CheckRecordTables, CheckRecordRow, Key>) {
  return async (database: Database, records: readonly ReceivedRecord[]): Promise<Set<string>> =>
    new Set((await write.ask(database, records.map(rowOf))).map(keyText));
}
