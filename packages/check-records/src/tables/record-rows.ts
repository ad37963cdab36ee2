import { queryOverRows } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { haveSameKey, KEY_COLUMNS, keyText, PRIMARY_KEY } from './keys.ts';
import {
  BLANKS,
  CHECK_RECORD_COLUMNS,
  type Fillable,
  type ReceivedRecord,
  recordOf,
  rowOf,
} from './received-record.ts';
import type { CheckRecordRow, CheckRecordTables, Database } from './tables.ts';

/** Inserts records that are not there; answers which were not, by `keyText`. */
export async function insertNew(database: Database, rows: readonly CheckRecordRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  return new Set((await insertMissing.ask(database, rows)).map(keyText));
}

const insertMissing = queryOverRows<CheckRecordTables, CheckRecordRow, keyof CheckRecordRow, StoredKey>(
  CHECK_RECORD_COLUMNS,
  ({ db, store }, rows) =>
    inserting(db, rows)
      .onConflict((conflict) => conflict.columns(PRIMARY_KEY[store.engine]).doNothing())
      .returning(['recordId', 'identity']),
);

type StoredKey = Pick<CheckRecordRow, 'recordId' | 'identity'>;

/** The statement that inserts rows. */
export function inserting(db: Kysely<CheckRecordTables>, rows: RawBuilder<CheckRecordRow>) {
  const columns = Object.keys(CHECK_RECORD_COLUMNS) as (keyof CheckRecordRow)[];
  return db
    .insertInto('checkRecord')
    .columns(columns)
    .expression((eb) =>
      eb
        .selectFrom(rows.as('given'))
        .select(columns.map((column) => `given.${column}` as const))
        // Without it SQLite reads a following `on conflict` as a join.
        .where(sql.lit(true)),
    );
}

/** The records under these keys, by `keyText`. */
export async function loadStored(database: Database, keys: readonly StoredKey[]): Promise<Map<string, ReceivedRecord>> {
  if (keys.length === 0) return new Map();
  const rows = await withKeys.ask(database, keys);
  return new Map(rows.map((row) => [keyText(row), recordOf(row)]));
}

const withKeys = queryOverRows<CheckRecordTables, StoredKey, keyof StoredKey, CheckRecordRow>(
  KEY_COLUMNS,
  ({ db }, given) =>
    db
      .selectFrom(given.as('given'))
      .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'given')))
      .selectAll('checkRecord'),
);

/**
 * Replaces quarantined records by genuine ones that name the same.
 *
 * @returns those that were quarantined until now, by `keyText`.
 */
export async function writeCleared({ db, store }: Database, records: readonly ReceivedRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const given = store.rowsAsTable(records.map(rowOf), CHECK_RECORD_COLUMNS).as('given');
  const columns = Object.keys(CHECK_RECORD_COLUMNS) as (keyof CheckRecordRow)[];
  const replaced = columns.filter((column) => !(column in KEY_COLUMNS));
  const cleared = await db
    .updateTable('checkRecord')
    .from(given)
    .set(Object.fromEntries(replaced.map((column) => [column, sql.ref(`given.${column}`)])))
    .where(haveSameKey('checkRecord', 'given'))
    .where('checkRecord.quarantine', 'is not', null)
    .returning(['checkRecord.recordId', 'checkRecord.identity'])
    .execute();
  return new Set(cleared.map(keyText));
}

/**
 * Writes what was filled into stored records.
 *
 * @returns those that are stored, by `keyText`.
 */
export async function writeFilled({ db, store }: Database, records: readonly ReceivedRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const { screenName, filmName, ticketType, rowNum, columnNum, price, service } = CHECK_RECORD_COLUMNS;
  const { overriddenVerdict, gate, offline, decidedMs, forwarderSeconds } = CHECK_RECORD_COLUMNS;
  const fillable = {
    ...{ screenName, filmName, ticketType, rowNum, columnNum, price, service },
    ...{ overriddenVerdict, gate, offline, decidedMs, forwarderSeconds },
  } satisfies Record<Fillable, unknown>;
  const columns = { ...KEY_COLUMNS, ...fillable };
  const given = store.rowsAsTable(records.map(rowOf), columns).as('given');
  // Only blanks, even if another process has filled them since they were read.
  const fill = (name: Fillable) => {
    const [stored, given] = [sql.ref(`checkRecord.${name}`), sql.ref(`given.${name}`)];
    const blank = BLANKS[name];
    if (blank === null) return sql<never>`coalesce(${stored}, ${given})`;
    return sql<never>`case when ${stored} = ${sql.lit(blank)} then ${given} else ${stored} end`;
  };
  const written = await db
    .updateTable('checkRecord')
    .from(given)
    .set(Object.fromEntries((Object.keys(fillable) as Fillable[]).map((name) => [name, fill(name)])))
    .where(haveSameKey('checkRecord', 'given'))
    .returning(['checkRecord.recordId', 'checkRecord.identity'])
    .execute();
  return new Set(written.map(keyText));
}
