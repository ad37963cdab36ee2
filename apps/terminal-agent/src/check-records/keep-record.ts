import type { CheckRecordTables, RecordStore } from '@ticket-check/check-records';
import type { CheckRecord } from '@ticket-check/protocol';
import type { Kysely } from 'kysely';

/**
 * Puts an admitted scan's check record and its outbox row into the open transaction that admits it.
 *
 * @throws when the store holds this record already; the admission must not be committed then.
 */
export async function keepRecord(
  records: RecordStore,
  record: CheckRecord,
  gate: string,
  trx: Kysely<CheckRecordTables>,
): Promise<void> {
  const received = { ...record, account: '', gate, receivedAt: record.checkTime, quarantine: null, differences: [] };
  const [result] = await records.keep([received], { forward: true }, trx);
  if (result !== 'kept') throw new Error(`the check record ${record.recordId} was not kept (${result})`);
}
