import type { RecordStore } from '@ticket-check/check-records';
import { type CheckRecord, epochOf, type RecordOrigin, UNTOLD_ORIGIN, wallClockAt } from '@ticket-check/protocol';
import type { CompiledQuery } from 'kysely';

/** How a record was made: gate, whether it was offline, and when it was decided, in epoch milliseconds. */
type Making = Pick<RecordOrigin, 'gate' | 'offline'> & { readonly decidedAtMs: number };

/**
 * Inserts an admitted scan's check record and its outbox row, as part of the batch that admits it. The batch fails if the
 * record exists already.
 */
export function insertingRecord(
  records: RecordStore,
  record: CheckRecord,
  { gate, offline, decidedAtMs }: Making,
): CompiledQuery[] {
  const decidedMs = Math.round(decidedAtMs - epochOf(record.checkTime));
  const received = {
    ...record,
    ...UNTOLD_ORIGIN,
    gate,
    offline,
    // The clock may have been set back in between.
    decidedMs: decidedMs < 0 ? null : decidedMs,
    account: '',
    receivedAt: wallClockAt(decidedAtMs),
    quarantine: null,
    differences: [],
  };
  return records.insertingNew([received], { forward: true });
}
