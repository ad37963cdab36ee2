import {
  type BesideRecords,
  type CheckRecordTables,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { ClaimTables } from './claim-tables.ts';
import type { KnownTables } from './known-entries.ts';
import { onePerTicket } from './ticket-key.ts';

/**
 * Keeps a record for as long as a claim on its ticket has led to none, and purges the claim with the record that it led to.
 * Releases are deleted sooner (`purgeReleases`). Reading S3.
 */
export function claimsBesideRecords(store: Store<KnownTables>): BesideRecords {
  const given = (tickets: readonly TicketKey[]) => store.rowsAsTable(onePerTicket(tickets), TICKET_COLUMNS);
  const ofTickets = (tickets: readonly TicketKey[]) =>
    sql<boolean>`(start_time, cinema_code, film_ticket_code) in (
      select start_time, cinema_code, film_ticket_code from ${given(tickets)} as given
    )`;
  const claimsIn = (db: Kysely<CheckRecordTables>) => db.withTables<ClaimTables>();

  return {
    async reasonsToStay(db, records, { locks }) {
      const claims = await claimsIn(db)
        .selectFrom('ticketClaim')
        .select(['startTime', 'cinemaCode', 'filmTicketCode', 'recorded'])
        .where(ofTickets(records))
        .orderBy('startTime')
        .orderBy('cinemaCode')
        .orderBy('filmTicketCode')
        // A report of another record of the ticket changes its claim first: it has ended, or begins when the claim has gone.
        .$if(locks, (query) => query.forUpdate())
        .execute();
      const open = new Set(claims.filter(({ recorded }) => recorded === 0).map(ticketText));
      return records.map((record) => (open.has(ticketText(record)) ? 'CLAIM_OPEN' : null));
    },

    async rowsOf(db, records, { deletes }) {
      if (deletes) {
        const { numDeletedRows } = await claimsIn(db)
          .deleteFrom('ticketClaim')
          .where(ofTickets(records))
          .executeTakeFirst();
        return { claims: Number(numDeletedRows) };
      }
      const { claims } = await claimsIn(db)
        .selectFrom('ticketClaim')
        .select((eb) => eb.fn.countAll<number>().as('claims'))
        .where(ofTickets(records))
        .executeTakeFirstOrThrow();
      return { claims };
    },
  };
}
