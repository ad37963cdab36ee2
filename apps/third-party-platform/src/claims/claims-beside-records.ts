import {
  type BesideRecords,
  type CheckRecordTables,
  isOfTickets,
  takeRows,
  ticketText,
} from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import type { ClaimTables } from './claim-tables.ts';
import type { KnownTables } from './known-entries.ts';

/**
 * Keeps a record for as long as a claim on its ticket has led to none, and purges the claim with the record that it led to.
 * Releases are deleted sooner (`purgePastSessions`). Reading S3.
 */
export function claimsBesideRecords(store: Store<KnownTables>): BesideRecords {
  return {
    async reasonsToStay(db, records, { locks }) {
      const claims = await db
        .withTables<CheckRecordTables & ClaimTables>()
        .selectFrom('ticketClaim')
        .select(['startTime', 'cinemaCode', 'filmTicketCode', 'recorded'])
        .where(isOfTickets(store, records))
        .orderBy('startTime')
        .orderBy('cinemaCode')
        .orderBy('filmTicketCode')
        // A report of another record of the ticket changes its claim first: it has ended, or begins when the claim has gone.
        .$if(locks, (query) => query.forUpdate())
        .execute();
      const open = new Set(claims.filter(({ recorded }) => recorded === 0).map(ticketText));
      return records.map((record) => (open.has(ticketText(record)) ? 'CLAIM_OPEN' : null));
    },
    take: async (db, records, mode) => ({
      claims: await takeRows(db, 'ticketClaim', isOfTickets(store, records), mode),
    }),
  };
}
