import { wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger, Recurring } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ETicketTables } from './e-ticket-tables.ts';

const EVERY_MS = 3_600_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 500;
/** How long a guest may look at a ticket after its session; a clock that is days ahead must not delete today's. */
const KEPT_MS = 30 * 86_400_000;

/** Deletes the e-tickets and pick-ups of sessions that were 30 days ago. Answers how many rows went. */
export async function purgeETickets(store: Store<ETicketTables>, at: number, stopping: AbortSignal): Promise<number> {
  const before = wallClockAt(at - KEPT_MS);
  let total = 0;
  for (const table of ['eTicket', 'ticketPickUp'] as const) {
    total += await purgeInSlices(SLICE, (size) => deleteSlice(store, { table, before, size }), stopping);
  }
  return total;
}

function deleteSlice(
  store: Store<ETicketTables>,
  { table, before, size }: { table: 'eTicket' | 'ticketPickUp'; before: string; size: number },
): Promise<number> {
  return store.transaction(async (db) => {
    const oldest = db
      .selectFrom(table)
      .select(['startTime', 'cinemaCode', 'filmTicketCode'])
      .where('startTime', '<', before)
      .orderBy('startTime')
      .limit(size);
    const { numDeletedRows } = await db
      .deleteFrom(table)
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code) in ${oldest}`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** `purgeETickets` once an hour. */
export function purgeETicketsJob(options: { store: Store<ETicketTables>; now: Clock; logger: Logger }): Recurring {
  const { store, now, logger } = options;
  return {
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    async run(stopping) {
      const deleted = await purgeETickets(store, now(), stopping);
      if (deleted > 0) logger.info({ deleted }, 'deleted e-tickets and pick-ups of past sessions');
    },
  };
}
