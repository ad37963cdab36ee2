import { businessDay, type CinemaCode, type RecordId, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { readFirstEntries } from '../entries/entry-records.ts';
import { loadDeliveries } from '../outbox/deliveries.ts';
import type { ListedRecord } from '../store/list-records.ts';
import { recordPages, recordsWithState, type StatedRecord, statedRecordOf } from '../store/record-states.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import { keyOf, keyText } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type TicketKey, ticketText } from '../tables/ticket-key.ts';
import { loadUndoings } from '../undo/undoings.ts';
import type { AskedDay } from './count-day.ts';

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

/** Every record of a business date, oldest check first, holding one page at a time. */
export async function* recordsOfDay(
  store: Store<CheckRecordTables>,
  { date, cinemaCode, signal }: Pick<AskedDay, 'date' | 'signal'> & { readonly cinemaCode?: CinemaCode | undefined },
): AsyncGenerator<RecordWay[], void> {
  signal?.throwIfAborted();
  for await (const page of recordPages(store, { ...businessDay(date), cinemaCode })) {
    yield await waysOf(store, page);
    signal?.throwIfAborted();
  }
}

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
  const tickets = [...new Map(records.map(({ record }) => [ticketText(record), record])).values()];
  const first = await readFirstEntries({ db: store.reports, store }, tickets);
  const bare = records.map(({ record }) => record);
  const undone = await loadUndoings({ db: store.reports, store }, bare);
  const delivered = await loadDeliveries({ db: store.reports, store }, bare);
  const firstOf = new Map(first.map((entry) => [ticketText(entry), keyText(entry)]));
  return records.map(({ record, state, refused, unansweredSince }) => {
    const key = keyText(keyOf(record));
    return {
      ...record,
      first: firstOf.get(ticketText(record)) === key,
      undone: undone.get(key) ?? null,
      state,
      refused,
      unansweredSince,
      ...(delivered.get(key) ?? NOT_DELIVERED),
    };
  });
}

/** The entries of a ticket, first one first: an index has them in this order. */
export async function entriesOfTicket(
  store: Store<CheckRecordTables>,
  { startTime, cinemaCode, filmTicketCode }: TicketKey,
  limit: number,
): Promise<ReceivedRecord[]> {
  const rows = await store.reports
    .selectFrom('checkRecord')
    .selectAll()
    .where('startTime', '=', startTime)
    .where('cinemaCode', '=', cinemaCode)
    .where('filmTicketCode', '=', filmTicketCode)
    .where('quarantine', 'is', null)
    .orderBy('checkTime')
    .orderBy('recordId')
    .orderBy('identity')
    .limit(limit)
    .execute();
  return rows.map(recordOf);
}
