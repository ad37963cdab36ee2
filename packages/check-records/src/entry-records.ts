import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { ReceivedRecord } from './received-record.ts';
import type { RecordKey } from './record-key.ts';
import type { CheckRecordTables } from './tables.ts';

/** What identifies a ticket (reading X3), in the order of the key that every table of tickets begins with. */
export const TICKET_COLUMNS = { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text' } as const;

/** A ticket as its rows name it. */
type TicketKey = { readonly [column in keyof typeof TICKET_COLUMNS]: string };

/** A check record as far as entries are concerned. */
export type EntryRecord = Pick<
  ReceivedRecord,
  'startTime' | 'cinemaCode' | 'filmTicketCode' | 'recordId' | 'checkTime' | 'screenCode' | 'source' | 'receivedAt'
>;

type StoredEntryRecord = EntryRecord & RecordKey;

/**
 * The check records of these tickets that count as entries, in one query; each ticket is to be given once. `db` is a
 * transaction of the store, or the store's own.
 */
export async function loadEntryRecords(
  { db, store }: { readonly db: Kysely<CheckRecordTables>; readonly store: Store<CheckRecordTables> },
  tickets: readonly TicketKey[],
): Promise<StoredEntryRecord[]> {
  const rows = await db
    .selectFrom(store.rowsFrom(tickets, TICKET_COLUMNS).as('given'))
    .innerJoin('checkRecord', (join) =>
      join
        .onRef('checkRecord.startTime', '=', 'given.startTime')
        .onRef('checkRecord.cinemaCode', '=', 'given.cinemaCode')
        .onRef('checkRecord.filmTicketCode', '=', 'given.filmTicketCode'),
    )
    .select(['checkRecord.startTime', 'checkRecord.cinemaCode', 'checkRecord.filmTicketCode'])
    .select(['checkRecord.recordId', 'checkRecord.checkTime', 'checkRecord.screenCode'])
    .select(['checkRecord.source', 'checkRecord.receivedAt', 'checkRecord.identity'])
    .where('checkRecord.quarantine', 'is', null)
    .execute();
  // Rows are written from records only, so their texts are known to be in form.
  return rows as StoredEntryRecord[];
}
