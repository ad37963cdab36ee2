import type { RecordId } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { type Database, queueRecords } from './outbox-rows.ts';
import { CHECK_RECORD_COLUMNS, type ReceivedRecord, recordOf, rowOf } from './received-record.ts';
import { BLANKS, type Fillable, filledFrom, isSameRecord } from './same-record.ts';
import type { CheckRecordRow } from './tables.ts';

/**
 * What became of one record: `kept` for the first time; `known` before and unchanged; `filled`, known before with blanks
 * that this one filled; `conflict`, its RecordId belongs to another ticket or time; `withdrawn`, nothing wrong with it,
 * but a neighbour of its batch conflicts, and a batch is kept as a whole or not at all (reading R3).
 */
export type KeepResult = 'kept' | 'known' | 'filled' | 'conflict' | 'withdrawn';

export type Batch = {
  readonly records: readonly ReceivedRecord[];
  /** Whether what is new in these records is to be sent upstream. */
  readonly forward: boolean;
};

export type KeptBatches = {
  readonly results: KeepResult[][];
  /** The records that now wait for upstream. */
  readonly queued: readonly ReceivedRecord[];
};

/**
 * Keeps the batches of one turn in an open transaction, in two statements where all is new and in at most five whatever
 * was there before. A batch with a conflicting record leaves no trace; the others are untouched by it.
 */
export async function keepBatches(database: Database, batches: readonly Batch[]): Promise<KeptBatches> {
  const conflicts = new Set<ReceivedRecord>();
  const refused = new Set<Batch>();
  const refuse = (batch: Batch, record: ReceivedRecord) => {
    conflicts.add(record);
    refused.add(batch);
  };

  const first = firstOfEach(batches, refuse);
  // In one order, so that two processes which keep the same records do not wait for each other in a circle.
  const inserted = await insertNew(database, [...first.values()].sort(byRecordId));
  const stored = await loadStored(
    database,
    [...first.keys()].filter((recordId) => !inserted.has(recordId)),
  );
  for (const batch of batches) {
    for (const record of batch.records) {
      const known = stored.get(record.recordId);
      if (known !== undefined && !isSameRecord(known, record)) refuse(batch, record);
    }
  }

  const accepted = batches.filter((batch) => !refused.has(batch));
  const wanted = new Set(accepted.flatMap(({ records }) => records.map(({ recordId }) => recordId)));
  await deleteRecords(
    database,
    [...inserted].filter((recordId) => !wanted.has(recordId)),
  );

  const { records, filled, forwarded } = fillBlanks(accepted, new Map([...first, ...stored]), inserted);
  await writeFilled(database, [...new Map([...filled.values()].map((record) => [record.recordId, record])).values()]);
  const queued = records.filter(({ recordId, quarantine }) => quarantine === null && forwarded.has(recordId));
  await queueRecords(database, queued);

  const resultOf = (batch: Batch, record: ReceivedRecord): KeepResult => {
    if (conflicts.has(record)) return 'conflict';
    if (refused.has(batch)) return 'withdrawn';
    if (filled.has(record)) return 'filled';
    // The first to ask brought it; the same record again in this turn changed nothing.
    return inserted.delete(record.recordId) ? 'kept' : 'known';
  };
  return { results: batches.map((batch) => batch.records.map((record) => resultOf(batch, record))), queued };
}

/** One record for each RecordId, of batches that do not contradict themselves or an earlier one of this turn. */
function firstOfEach(
  batches: readonly Batch[],
  refuse: (batch: Batch, record: ReceivedRecord) => void,
): Map<RecordId, ReceivedRecord> {
  const first = new Map<RecordId, ReceivedRecord>();
  for (const batch of batches) {
    const own = new Map<RecordId, ReceivedRecord>();
    let sound = true;
    for (const record of batch.records) {
      const before = own.get(record.recordId) ?? first.get(record.recordId);
      if (before === undefined) own.set(record.recordId, record);
      else if (!isSameRecord(before, record)) {
        refuse(batch, record);
        sound = false;
      }
    }
    if (sound) for (const [recordId, record] of own) first.set(recordId, record);
  }
  return first;
}

/**
 * Fills the blanks of what each record was before, in the order in which the records came.
 * @returns the records as they now are, those that changed, and the ids of those that upstream lacks.
 */
function fillBlanks(
  accepted: readonly Batch[],
  before: ReadonlyMap<RecordId, ReceivedRecord>,
  inserted: ReadonlySet<RecordId>,
) {
  const now = new Map(before);
  const filled = new Map<ReceivedRecord, ReceivedRecord>();
  const forwarded = new Set<RecordId>();
  for (const { records, forward } of accepted) {
    for (const record of records) {
      const known = now.get(record.recordId);
      const after = known === undefined || known === record ? null : filledFrom(known, record);
      if (after !== null) {
        now.set(record.recordId, after);
        filled.set(record, after);
      }
      if (forward && (after !== null || inserted.has(record.recordId))) forwarded.add(record.recordId);
    }
  }
  return { records: [...now.values()], filled, forwarded };
}

async function insertNew({ trx, store }: Database, records: readonly ReceivedRecord[]): Promise<Set<RecordId>> {
  if (records.length === 0) return new Set();
  const columns = Object.keys(CHECK_RECORD_COLUMNS) as (keyof CheckRecordRow)[];
  const rows = await trx
    .insertInto('checkRecord')
    .columns(columns)
    .expression((eb) =>
      eb
        .selectFrom(store.rowsFrom(records.map(rowOf), CHECK_RECORD_COLUMNS).as('given'))
        .select(columns.map((column) => `given.${column}` as const))
        // Without it SQLite reads the following `on conflict` as a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) => conflict.column('recordId').doNothing())
    .returning('recordId')
    .execute();
  return new Set(rows.map(({ recordId }) => recordId as RecordId));
}

async function loadStored({ trx, store }: Database, ids: readonly RecordId[]): Promise<Map<RecordId, ReceivedRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom(store.rowsFrom(idRows(ids), { recordId: 'text' }).as('given'))
    .innerJoin('checkRecord', 'checkRecord.recordId', 'given.recordId')
    .selectAll('checkRecord')
    .execute();
  return new Map(rows.map((row) => [row.recordId as RecordId, recordOf(row)]));
}

async function deleteRecords({ trx, store }: Database, ids: readonly RecordId[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .deleteFrom('checkRecord')
    .where('recordId', 'in', (eb) =>
      eb.selectFrom(store.rowsFrom(idRows(ids), { recordId: 'text' }).as('given')).select('given.recordId'),
    )
    .execute();
}

async function writeFilled({ trx, store }: Database, records: readonly ReceivedRecord[]): Promise<void> {
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

function byRecordId(a: ReceivedRecord, b: ReceivedRecord): number {
  return a.recordId < b.recordId ? -1 : 1;
}

function idRows(ids: readonly RecordId[]): { recordId: string }[] {
  return ids.map((recordId) => ({ recordId }));
}
