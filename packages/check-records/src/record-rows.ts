import type { RecordId } from '@ticket-check/protocol';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './outbox-rows.ts';
import { CHECK_RECORD_COLUMNS, type ReceivedRecord, recordOf, rowOf } from './received-record.ts';
import { BLANKS, type Fillable } from './same-record.ts';
import type { CheckRecordRow, CheckRecordTables } from './tables.ts';

/** Inserts records that are not there; answers which were not. */
export async function insertNew({ trx, store }: Database, records: readonly ReceivedRecord[]): Promise<Set<RecordId>> {
  if (records.length === 0) return new Set();
  const rows = await inserting(trx, store.rowsFrom(records.map(rowOf), CHECK_RECORD_COLUMNS))
    .onConflict((conflict) => conflict.column('recordId').doNothing())
    .returning('recordId')
    .execute();
  return new Set(rows.map(({ recordId }) => recordId as RecordId));
}

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

export async function loadStored(
  { trx, store }: Database,
  ids: readonly RecordId[],
): Promise<Map<RecordId, ReceivedRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom(store.rowsFrom(idRows(ids), { recordId: 'text' }).as('given'))
    .innerJoin('checkRecord', 'checkRecord.recordId', 'given.recordId')
    .selectAll('checkRecord')
    .execute();
  return new Map(rows.map((row) => [row.recordId as RecordId, recordOf(row)]));
}

export async function deleteRecords({ trx, store }: Database, ids: readonly RecordId[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .deleteFrom('checkRecord')
    .where('recordId', 'in', (eb) =>
      eb.selectFrom(store.rowsFrom(idRows(ids), { recordId: 'text' }).as('given')).select('given.recordId'),
    )
    .execute();
}

/** Writes what was filled into stored records. */
export async function writeFilled({ trx, store }: Database, records: readonly ReceivedRecord[]): Promise<void> {
  if (records.length === 0) return;
  const { recordId, screenName, filmName, ticketType, rowNum, columnNum, price, service } = CHECK_RECORD_COLUMNS;
  const columns = { recordId, screenName, filmName, ticketType, rowNum, columnNum, price, service };
  const given = store.rowsFrom(records.map(rowOf), columns).as('given');
  // Blanks only, also where another process has filled them since they were read.
  const fill = (name: Exclude<Fillable, 'ticketType'>) => {
    const stored = sql.ref(`checkRecord.${name}`);
    return sql<never>`case when ${stored} = ${sql.lit(BLANKS[name])} then ${sql.ref(`given.${name}`)} else ${stored} end`;
  };
  await trx
    .updateTable('checkRecord')
    .from(given)
    .set({
      screenName: fill('screenName'),
      filmName: fill('filmName'),
      ticketType: sql`coalesce(check_record.ticket_type, given.ticket_type)`,
      rowNum: fill('rowNum'),
      columnNum: fill('columnNum'),
      price: fill('price'),
      service: fill('service'),
    })
    .whereRef('checkRecord.recordId', '=', 'given.recordId')
    .execute();
}

function idRows(ids: readonly RecordId[]): { recordId: string }[] {
  return ids.map((recordId) => ({ recordId }));
}
