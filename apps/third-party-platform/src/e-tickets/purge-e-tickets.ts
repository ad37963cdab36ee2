import { setTimeout as delay } from 'node:timers/promises';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ETicketTables } from './e-ticket-tables.ts';

const EVERY_MS = 3_600_000;
/** So many rows are deleted in some milliseconds; claims have the store for longer than that after each slice. */
const SLICE = 500;
const PAUSE_TIMES = 3;
/** A guest may look at a ticket for so long after its session; and a clock that is days ahead must not delete what is of today. */
const KEPT_MS = 30 * 86_400_000;

/** Deletes the e-tickets and pick-ups of sessions that were 30 days ago. Answers how many rows went. */
export async function purgeETickets(store: Store<ETicketTables>, at: number): Promise<number> {
  const before = wallClockAt(at - KEPT_MS);
  let total = 0;
  for (const table of ['eTicket', 'ticketPickUp'] as const) {
    for (;;) {
      const startedAt = performance.now();
      const deleted = await purgeSlice(store, table, before);
      total += deleted;
      if (deleted < SLICE) break;
      await delay(Math.ceil(PAUSE_TIMES * (performance.now() - startedAt)));
    }
  }
  return total;
}

function purgeSlice(store: Store<ETicketTables>, table: 'eTicket' | 'ticketPickUp', before: string): Promise<number> {
  return store.transaction(async (db) => {
    const oldest = db
      .selectFrom(table)
      .select(['startTime', 'cinemaCode', 'filmTicketCode'])
      .where('startTime', '<', before)
      .orderBy('startTime')
      .limit(SLICE);
    const { numDeletedRows } = await db
      .deleteFrom(table)
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code) in ${oldest}`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** `purgeETickets` once an hour. */
export function purgeETicketsJob(options: { store: Store<ETicketTables>; now: Clock; logger: Logger }): RecurringJob {
  const { store, now, logger } = options;
  return every({
    name: 'purge e-tickets',
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    logger,
    async run() {
      const deleted = await purgeETickets(store, now());
      if (deleted > 0) logger.info({ deleted }, 'e-tickets and pick-ups of sessions long over were deleted');
    },
  });
}
