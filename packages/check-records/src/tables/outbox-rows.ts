import { queryOverRows } from '@ticket-check/storage';
import { type CompiledQuery, sql } from 'kysely';
import { haveSameKey, KEY_COLUMNS, keyOf, PRIMARY_KEY } from './keys.ts';
import type { ReceivedRecord } from './received-record.ts';
import { insertFrom } from './record-rows.ts';
import type { CheckRecordTables, OutboxRow, OwnDb, OwnStore } from './tables.ts';

const QUEUE_COLUMNS = { ...KEY_COLUMNS, checkTime: 'text', incomplete: 'integer' } as const;

type QueueRow = Pick<OutboxRow, keyof typeof QUEUE_COLUMNS>;

export function queuedRecords(db: OwnDb) {
  return db
    .selectFrom('outbox')
    .innerJoin('checkRecord', (join) => join.on(haveSameKey('checkRecord', 'outbox')))
    .selectAll('checkRecord');
}

/** The statements that put records in the outbox; one that is there already, parked or not, waits again in its present state. */
export function queueing(store: OwnStore, records: readonly ReceivedRecord[]): CompiledQuery[] {
  const rows = records.map((record): QueueRow => {
    const { checkTime, ticketType } = record;
    return { ...keyOf(record), checkTime, incomplete: ticketType === null ? 1 : 0 };
  });
  return queueRows.statements(store, rows);
}

const queueRows = queryOverRows<CheckRecordTables, QueueRow, unknown>(QUEUE_COLUMNS, ({ db, store }, rows) =>
  insertFrom(db, 'outbox', rows, QUEUE_COLUMNS, { revision: sql.lit(0), attempts: sql.lit(0) }).onConflict((conflict) =>
    conflict.columns(PRIMARY_KEY[store.engine]).doUpdateSet((eb) => ({
      incomplete: eb.ref('excluded.incomplete'),
      revision: NEXT_REVISION,
      parkedAt: sql.lit(null),
      nextAttemptAt: sql.lit(null),
    })),
  ),
);

/** A reply to an earlier request no longer counts for the row. */
export const NEXT_REVISION = sql<number>`outbox.revision + 1`;
