import { onePerTicket, TICKET_COLUMNS, type TicketKey } from '@ticket-check/check-records';
import { wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { acrossCinemas, isAmong, purgeInSlices, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { type ClaimTables, HELD_BY_NOBODY } from '../claims/claim-tables.ts';

const EVERY_MS = 3_600_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 500;
/** A clock that is days ahead must not delete what claims of today are decided by, nor what a guest still looks at. */
const KEPT_MS = 30 * 86_400_000;

/** What is kept of tickets beside their records, and the keys. Late records are completed at the national platform. */
const TABLES = {
  ticket_refund: 'start_time, cinema_code, film_ticket_code',
  e_ticket: 'start_time, cinema_code, film_ticket_code',
  ticket_pick_up: 'start_time, cinema_code, film_ticket_code',
  released_claim: 'start_time, cinema_code, film_ticket_code, record_id, account',
} as const;

/** What keeps a ticket that nobody holds from being free: kept for as long as a claim of it is accepted. */
const HAVE_CLAIMS: ReadonlySet<string> = new Set(['e_ticket', 'released_claim']);

const freeTickets = queryOverRows<ClaimTables, TicketKey, unknown>(TICKET_COLUMNS, ({ db }, given) =>
  db.deleteFrom('ticketClaim').where('recorded', '=', sql.lit(HELD_BY_NOBODY)).where(isAmong(TICKET_COLUMNS, given)),
);

/**
 * Deletes refunds, e-tickets, pick-ups and releases of sessions that began more than 30 days ago; e-tickets and releases once no
 * claim on them is accepted any more (`windowMs`). Answers how many rows it deleted.
 */
export async function purgePastSessions(
  store: Store<ClaimTables>,
  { at, windowMs }: { at: number; windowMs: number },
  stopping: AbortSignal,
): Promise<number> {
  let total = 0;
  for (const [table, key] of Object.entries(TABLES)) {
    const before = wallClockAt(at - KEPT_MS - (HAVE_CLAIMS.has(table) ? windowMs : 0));
    const [from, columns] = [sql.table(table), sql.raw(key)];
    const deleteSlice = (size: number) =>
      store.transaction(async (db) => {
        const { rows } = await sql<TicketKey>`
          ${acrossCinemas('retention')} delete from ${from} where (${columns}) in (
            select ${columns} from ${from} where start_time < ${before} order by start_time limit ${size}
          ) returning start_time as "startTime", cinema_code as "cinemaCode", film_ticket_code as "filmTicketCode"`.execute(
          db,
        );
        if (HAVE_CLAIMS.has(table)) await freeTickets.ask({ db, store }, onePerTicket(rows));
        return rows.length;
      });
    total += await purgeInSlices(SLICE, deleteSlice, stopping);
  }
  return total;
}

export function purgePastSessionsJob(service: Service, store: Store<ClaimTables>, windowMs: number): void {
  const { now, logger } = service;
  service.job({
    name: 'purge sessions',
    runs: 'in one process',
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    async run(stopping) {
      const deleted = await purgePastSessions(store, { at: now(), windowMs }, stopping);
      if (deleted > 0) logger.info({ deleted }, 'deleted what was kept of past sessions');
    },
  });
}
