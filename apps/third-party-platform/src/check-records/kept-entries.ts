import type { InSameTransaction } from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { claimingRecords } from '../claims/claim-store.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { type FoundTables, findingAmong } from '../worklist/find.ts';

/** What follows from new entries, in the transaction that keeps them: their claims, and what is found about their tickets. */
export function followingEntries(store: Store<KnownTables & FoundTables>): InSameTransaction {
  const claim = claimingRecords(store);
  const find = findingAmong(store);
  return async (trx, newRecords) => {
    await claim(trx, newRecords);
    await find(trx, newRecords);
  };
}
