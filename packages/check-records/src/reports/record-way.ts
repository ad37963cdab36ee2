import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { loadDeliveries } from '../outbox/deliveries.ts';
import { asListed, type ListedRecord } from '../store/list-records.ts';
import { recordsWithState, type StatedRecord, statedRecordOf } from '../store/record-states.ts';
import { keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';

/** A record with its whole way, as far as this store knows it. */
export type RecordWay = ListedRecord &
  Pick<StatedRecord, 'state' | 'refused' | 'unansweredSince'> & {
    /** When upstream accepted it for the first time, if that is known. */
    readonly deliveredAt: WallClock | null;
    /** When the report that was accepted was handed to the line, if that is known. */
    readonly sentAt: WallClock | null;
    /** How often upstream had refused it before; null if it never did or if unknown. */
    readonly refusals: number | null;
  };

const NOT_DELIVERED = { deliveredAt: null, sentAt: null, refusals: null };

/** A RecordId mostly names one record; a sender may have made any number of others under it. */
const MAX_UNDER_ONE = 1000;

/** The records under a RecordId, mostly one: what names another ticket, CheckTime or code is another record (reading X3). */
export async function recordsUnder(store: Store<CheckRecordTables>, recordId: RecordId): Promise<RecordWay[]> {
  const rows = await recordsWithState(store.reports)
    .where('checkRecord.recordId', '=', recordId)
    .orderBy('checkRecord.identity')
    .limit(MAX_UNDER_ONE)
    .execute();
  return waysOf(store, rows.map(statedRecordOf));
}

/** The same records, with whether each is the first entry of its ticket, was undone, and when it was accepted upstream. */
export async function waysOf(store: Store<CheckRecordTables>, records: readonly StatedRecord[]): Promise<RecordWay[]> {
  const bare = records.map(({ record }) => record);
  const listed = await asListed(store, bare);
  const delivered = await loadDeliveries({ db: store.reports, store }, bare);
  return records.map(({ record, state, refused, unansweredSince }, index) => ({
    ...(listed[index] as ListedRecord),
    state,
    refused,
    unansweredSince,
    ...(delivered.get(keyText(keyOf(record))) ?? NOT_DELIVERED),
  }));
}
