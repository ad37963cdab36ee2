import type { Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ReceivedRecord } from './received-record.ts';
import type { CheckRecordTables } from './tables.ts';

/** An open transaction and the store that it belongs to. */
export type Database = { readonly trx: Kysely<CheckRecordTables>; readonly store: Store<CheckRecordTables> };

export const QUEUE_COLUMNS = {
  recordId: 'text',
  cinemaCode: 'text',
  checkTime: 'text',
  startTime: 'text',
  incomplete: 'integer',
} as const;

type QueueRow = { recordId: string; cinemaCode: string; checkTime: string; startTime: string; incomplete: number };

export function queueRowOf({ recordId, cinemaCode, checkTime, startTime, ticketType }: ReceivedRecord): QueueRow {
  return { recordId, cinemaCode, checkTime, startTime, incomplete: ticketType === null ? 1 : 0 };
}

/** Puts records in the outbox; one that waits there already, parked or not, waits anew in its present state. */
export async function queueRecords({ trx, store }: Database, records: readonly ReceivedRecord[]): Promise<void> {
  if (records.length === 0) return;
  await queueing(trx, store.rowsFrom(records.map(queueRowOf), QUEUE_COLUMNS)).execute();
}

/** The statement of `queueRecords`. */
export function queueing(db: Kysely<CheckRecordTables>, rows: RawBuilder<QueueRow>) {
  return db
    .insertInto('outbox')
    .columns(['recordId', 'cinemaCode', 'checkTime', 'startTime', 'incomplete', 'revision', 'attempts'])
    .expression((eb) =>
      eb
        .selectFrom(rows.as('given'))
        .select(['given.recordId', 'given.cinemaCode', 'given.checkTime', 'given.startTime', 'given.incomplete'])
        .select([sql.lit(0).as('revision'), sql.lit(0).as('attempts')])
        // Without it SQLite reads the following `on conflict` as a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) =>
      conflict.column('recordId').doUpdateSet((eb) => ({
        incomplete: eb.ref('excluded.incomplete'),
        revision: NEXT_REVISION,
        parkedAt: sql.lit(null),
        nextAttemptAt: sql.lit(null),
      })),
    );
}

/** A reply to what was sent before does not count for the row any more. */
export const NEXT_REVISION = sql<number>`outbox.revision + 1`;
