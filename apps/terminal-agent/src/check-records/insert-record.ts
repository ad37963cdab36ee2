import type { RecordStore } from '@ticket-check/check-records';
import { type CheckRecord, epochOf, type RecordOrigin, UNTOLD_ORIGIN, wallClockAt } from '@ticket-check/protocol';
import type { CompiledQuery } from 'kysely';

/** How a record is made: at which gate, whether nobody above answered, and when that was decided, in epoch milliseconds. */
type Making = Pick<RecordOrigin, 'gate' | 'offline'> & { readonly decidedAtMs: number };

/**
 * Statements that keep an admitted scan's check record and its outbox row, for the batch that admits it: it fails where the
 * store holds this record already.
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
    // The clock may have been set back meanwhile.
    decidedMs: decidedMs < 0 ? null : decidedMs,
    account: '',
    receivedAt: wallClockAt(decidedAtMs),
    quarantine: null,
    differences: [],
  };
  return records.insertingNew([received], { forward: true });
}
