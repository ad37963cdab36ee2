import type { Complete, InSameTransaction, UndoInSameTransaction } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { claimingRecords, freeingUndone } from '../claims/claim-store.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { forgettingUndone } from '../e-tickets/verify-e-tickets.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import { type FoundTables, findingAmong } from '../worklist/find.ts';

/** What follows from new entries, in the transaction that keeps them: their claims, and what is found about their tickets. */
export function followingEntries(store: Store<KnownTables & FoundTables>): InSameTransaction {
  const claim = claimingRecords(store);
  const find = findingAmong(store);
  return async (trx, newRecords) => {
    return [...(await claim(trx, newRecords)), ...(await find(trx, newRecords))];
  };
}

/** Completes, from GetTicketInfo, a record that its terminal could not complete. Scheme 5.2.3, 6.6.2; reading R5. */
export function completeRecord(national: Pick<NationalTickets, 'ticketInfo'>): Complete {
  return async (record) => {
    const info = await national.ticketInfo(record);
    if (info === 'unknown-ticket') return null;
    const { screenName, filmName, ticketType, rowNum, columnNum, price, service } = info;
    return { screenName, filmName, ticketType, rowNum, columnNum, price, service };
  };
}

/** Keeps true with a compensating record: its claim is released, and its e-ticket is valid again. Reading R9. */
export function afterUndo(store: Store<KnownTables & ETicketTables>): UndoInSameTransaction {
  const all = [freeingUndone(store), forgettingUndone(store)];
  return async (trx, reversals) => {
    for (const follow of all) await follow(trx, reversals);
  };
}
