import type { CheckRecordTables, UndoInSameTransaction } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { freeingUndone } from '../claims/claim-store.ts';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { forgettingUndone } from '../e-tickets/verify-e-tickets.ts';

/** Keeps true with a compensating record: its claim is released, and its e-ticket is valid again. Reading R9. */
export function afterUndo(store: Store<CheckRecordTables & ClaimTables & ETicketTables>): UndoInSameTransaction {
  const all = [freeingUndone(store), forgettingUndone(store)];
  return async (trx, reversals) => {
    for (const follow of all) await follow(trx, reversals);
  };
}
