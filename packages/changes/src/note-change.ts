import type { TicketChange } from '@ticket-check/protocol';
import type { Kysely } from 'kysely';
import type { ChangeTables } from './change-tables.ts';

/**
 * Notes a change in the transaction that makes it. Among unread changes to one ticket's e-ticket the last one counts, so callers
 * must hold the e-ticket's row.
 */
export async function noteChange(trx: Kysely<ChangeTables>, change: TicketChange): Promise<void> {
  const { startTime, cinemaCode, filmTicketCode, kind } = change;
  const subject = kind === 'refunded' ? 'refund' : 'eticket';
  await trx
    .insertInto('changePending')
    .values({ startTime, cinemaCode, filmTicketCode, subject, kind })
    .onConflict((conflict) =>
      conflict.columns(['startTime', 'cinemaCode', 'filmTicketCode', 'subject']).doUpdateSet({ kind }),
    )
    .execute();
}
