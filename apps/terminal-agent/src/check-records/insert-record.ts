import type { RecordStore } from '@ticket-check/check-records';
import type { CheckRecord, RecordOrigin } from '@ticket-check/protocol';
import type { CompiledQuery } from 'kysely';

/**
 * Statements that keep an admitted scan's check record and its outbox row, for the batch that admits it: it fails where the
 * store holds this record already.
 */
export function insertingRecord(records: RecordStore, record: CheckRecord, origin: RecordOrigin): CompiledQuery[] {
  const received = {
    ...record,
    ...origin,
    account: '',
    receivedAt: record.checkTime,
    quarantine: null,
    differences: [],
  };
  return records.insertingNew([received], { forward: true });
}
