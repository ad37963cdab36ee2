import { createReversals, isUndone, type ReceivedReversal } from '@ticket-check/check-records';
import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { KnownTables } from '../claims/known-entries.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { afterUndo } from './after-undo.ts';

/** A check record that counts as an entry. */
export type StandingRecord = Omit<ReceivedReversal, 'recordId' | 'reverses' | 'reversedAt' | 'receivedAt'> & {
  readonly recordId: RecordId;
};

/** The records under a RecordId that count as entries, mostly one. */
export async function standingRecords(store: Store<KnownTables>, recordId: RecordId): Promise<StandingRecord[]> {
  const rows = await store.db
    .selectFrom('checkRecord')
    .select(['recordId', 'cinemaCode', 'filmTicketCode', 'startTime', 'ticketInfoCode', 'checkTime', 'account'])
    .where('recordId', '=', recordId)
    .where('quarantine', 'is', null)
    .where(sql<boolean>`not ${isUndone('checkRecord')}`)
    .execute();
  // Rows are written from records only, so their texts are known to be in form.
  return rows as unknown as StandingRecord[];
}

/**
 * Undoes a record in the name of its account, for a supervisor whose terminal no longer can: its claim is released and its e-ticket
 * is valid again. The terminal that made it does not learn of that. Run as an operation. Reading R9.
 */
export async function undoRecord(
  store: Store<KnownTables & ETicketTables>,
  { recordId, ...record }: StandingRecord,
  by: { readonly recordId: RecordId; readonly at: WallClock },
): Promise<void> {
  const reversals = createReversals(store, { inSameTransaction: afterUndo(store) });
  const reversal = { ...record, recordId: by.recordId, reverses: recordId, reversedAt: by.at, receivedAt: by.at };
  // A supervisor is bound by no number.
  await reversals.keep([reversal], { maxOfTicket: Number.POSITIVE_INFINITY, forward: true });
}
