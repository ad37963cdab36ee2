import { isViolation, queryOverRows, type Store } from '@ticket-check/storage';
import type { CompiledQuery } from 'kysely';
import { queueing } from '../tables/outbox-rows.ts';
import { type ReceivedRecord, rowOf } from '../tables/received-record.ts';
import { inserting } from '../tables/record-rows.ts';
import { countingSuspicious } from '../tables/suspicious-rows.ts';
import { CHECK_RECORD_COLUMNS, type CheckRecordRow, type CheckRecordTables } from '../tables/tables.ts';
import { type Batch, suspiciousIn } from './keep.ts';

const insert = queryOverRows<CheckRecordTables, CheckRecordRow, keyof CheckRecordRow, unknown>(
  CHECK_RECORD_COLUMNS,
  ({ db }, rows) => inserting(db, rows),
);

/** Writes the statements that keep records as if every one were new; a known one violates a key. `queued`: those to send. */
export function createInsertNew(store: Store<CheckRecordTables>) {
  return (batches: readonly Batch[]): { statements: CompiledQuery[]; queued: readonly ReceivedRecord[] } => {
    const given = batches.flatMap(({ records, forward }) =>
      records.map((record) => ({ record, row: rowOf(record), isQueued: forward && record.quarantine === null })),
    );
    // In one order, so that two processes which keep the same records do not wait for each other in a circle.
    given.sort((a, b) => (a.row.recordId < b.row.recordId ? -1 : 1));
    const queued = given.flatMap(({ record, isQueued }) => (isQueued ? record : []));
    return {
      statements: [
        ...insert.statements(
          store,
          given.map(({ row }) => row),
        ),
        ...queueing(store, queued),
        ...countingSuspicious(store, suspiciousIn(batches)),
      ],
      queued,
    };
  };
}

/**
 * Keeps the batches of one turn as if every record were new; returns those that wait for upstream, or null, keeping nothing, if
 * one is known: `keepBatches` then says what becomes of each.
 */
export async function keepNew(
  store: Store<CheckRecordTables>,
  { statements, queued }: ReturnType<ReturnType<typeof createInsertNew>>,
): Promise<readonly ReceivedRecord[] | null> {
  try {
    await store.batch(statements);
    return queued;
  } catch (error) {
    if (isViolation(error)) return null;
    throw error;
  }
}
