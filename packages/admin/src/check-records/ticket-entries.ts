import {
  type CheckRecordTables,
  loadEntriesOfTicket,
  type StatedRecord,
  type TicketKey,
} from '@ticket-check/check-records';
import { elementsJson } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { TicketEntry } from './rows.ts';

/** A ticket has one entry, mostly; who made more than these shows by these. */
const MAX_ENTRIES = 50;

export async function entriesOfTicket(store: Pick<Store<CheckRecordTables>, 'reports'>, ticket: TicketKey) {
  const entries = await loadEntriesOfTicket(store, ticket, MAX_ENTRIES + 1);
  const shown = { Entries: entries.slice(0, MAX_ENTRIES).map(entryJson), HasMoreEntries: entries.length > MAX_ENTRIES };
  return { entries, shown };
}

const entryJson = ({ record, state, refused }: StatedRecord, index: number): TicketEntry => ({
  ...elementsJson(record, 'RecordId', 'CheckTime', 'ReceivedAt'),
  Username: record.account,
  ...(record.gate !== '' && { Gate: record.gate }),
  First: index === 0,
  State: state,
  ...(record.overriddenVerdict !== null && { OverriddenVerdict: record.overriddenVerdict }),
  ErrorCode: refused?.errorCode ?? null,
});
