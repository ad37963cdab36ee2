import { addSeconds, type WallClock } from '@ticket-check/protocol';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { RefundTables } from './refund-tables.ts';

/** Records that come later than this were completed at the national platform, which says so itself. */
const KEPT_SECONDS = 30 * 86_400;
const SLICE = 500;

/** Forgets refunds of sessions long over, in slices; answers how many. */
export function purgeRefunds({ db }: Store<RefundTables>, at: WallClock, stopping: AbortSignal): Promise<number> {
  async function deleteSlice(size: number): Promise<number> {
    const oldest = db
      .selectFrom('ticketRefund')
      .select(['startTime', 'cinemaCode', 'filmTicketCode'])
      .where('startTime', '<', addSeconds(at, -KEPT_SECONDS))
      .orderBy('startTime')
      .limit(size);
    const { numDeletedRows } = await db
      .deleteFrom('ticketRefund')
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code) in ${oldest}`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
  return purgeInSlices(SLICE, deleteSlice, stopping);
}
