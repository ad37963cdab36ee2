import { setTimeout as delay } from 'node:timers/promises';
import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { RefundTables } from './refund-tables.ts';

/** Records that come later than this were completed at the national platform, which says so itself. */
const KEPT_SECONDS = 30 * 86_400;
const SLICE = 500;
const PAUSE_TIMES = 3;

/** Forgets refunds of sessions long over, in slices; answers how many. */
export async function purgeRefunds(store: Store<RefundTables>, at: WallClock, stopping: AbortSignal): Promise<number> {
  let total = 0;
  while (!stopping.aborted) {
    const startedAt = performance.now();
    const oldest = store.db
      .selectFrom('ticketRefund')
      .select(['startTime', 'cinemaCode', 'filmTicketCode'])
      .where('startTime', '<', addSeconds(at, -KEPT_SECONDS))
      .orderBy('startTime')
      .limit(SLICE);
    const { numDeletedRows } = await store.db
      .deleteFrom('ticketRefund')
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code) in ${oldest}`)
      .executeTakeFirst();
    total += Number(numDeletedRows);
    if (Number(numDeletedRows) < SLICE) break;
    await delay(Math.ceil(PAUSE_TIMES * (performance.now() - startedAt)));
  }
  return total;
}
