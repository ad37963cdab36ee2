import {
  type BesideRecords,
  isOfTickets,
  type RetentionRules,
  type TicketKey,
  takeRows,
  ticketText,
} from '@ticket-check/check-records';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { KnownTables } from '../claims/known-entries.ts';
import type { ThirdPartySettings } from '../config.ts';
import type { FoundTables } from '../worklist/find.ts';

/**
 * How long check records, their claims and what was found about them are kept: a record for as long as a claim on its ticket has
 * led to none, or a finding about it is open. Both are purged with it; releases are deleted sooner (`purgePastSessions`).
 * Scheme 5.3.1.3; reading S3.
 */
export function retentionRules(
  store: Store<KnownTables & FoundTables>,
  settings: Pick<ThirdPartySettings, 'RETENTION_MONTHS' | 'RESEND_DAYS'>,
): RetentionRules {
  const claims: BesideRecords = {
    // A report of another record of the ticket changes its claim first: it has ended, or begins when the claim has gone.
    reasonsToStay: whileOpen(store, { table: 'ticket_claim', isOpen: 'recorded = 0', reason: 'CLAIM_OPEN' }),
    take: async (db, records, mode) => ({
      claims: await takeRows(db, 'ticketClaim', isOfTickets(store, records), mode),
    }),
  };
  const findings: BesideRecords = {
    settlesDoubles: true,
    reasonsToStay: whileOpen(store, { table: 'finding', isOpen: 'noted_at is null', reason: 'FINDING_OPEN' }),
    async take(db, records, mode) {
      const ofTickets = isOfTickets(store, records);
      if (mode.deletes) await takeRows(db, 'findingNote', ofTickets, mode);
      return { findings: await takeRows(db, 'finding', ofTickets, mode) };
    },
  };
  return { months: settings.RETENTION_MONTHS, resendDays: settings.RESEND_DAYS, beside: [claims, findings] };
}

/** Records whose ticket has an open row in a table; its rows are locked in one order, open or not. */
function whileOpen(
  store: Store<KnownTables & FoundTables>,
  { table, isOpen, reason }: { table: string; isOpen: string; reason: 'CLAIM_OPEN' | 'FINDING_OPEN' },
): BesideRecords['reasonsToStay'] {
  return async (db, records, { locks }) => {
    const { rows } = await sql<TicketKey & { open: number }>`
      select start_time, cinema_code, film_ticket_code, case when ${sql.raw(isOpen)} then 1 else 0 end as open
      from ${sql.table(table)} where ${isOfTickets(store, records)}
      order by start_time, cinema_code, film_ticket_code ${locks ? sql`for update` : sql``}
    `.execute(db);
    const open = new Set(rows.filter((row) => row.open === 1).map(ticketText));
    return records.map((record) => (open.has(ticketText(record)) ? reason : null));
  };
}
