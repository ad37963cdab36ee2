import { setTimeout as delay } from 'node:timers/promises';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ClaimTables } from './claim-tables.ts';

const EVERY_MS = 3_600_000;
/** So many rows are deleted in some milliseconds; claims have the store for longer than that after each slice. */
const SLICE = 500;
const PAUSE_TIMES = 3;
/** A clock that is days ahead must not delete what claims of today are decided by. */
const LONG_MS = 30 * 86_400_000;

/**
 * Deletes what is remembered of claims that were given back, once their session is so long over that no claim on it is
 * accepted any more. Answers how many rows went.
 */
export async function purgeReleases(
  store: Store<ClaimTables>,
  { at, windowMs }: { at: number; windowMs: number },
): Promise<number> {
  const before = wallClockAt(at - windowMs - LONG_MS);
  let total = 0;
  for (;;) {
    const startedAt = performance.now();
    const deleted = await purgeSlice(store, before);
    total += deleted;
    if (deleted < SLICE) return total;
    await delay(Math.ceil(PAUSE_TIMES * (performance.now() - startedAt)));
  }
}

function purgeSlice(store: Store<ClaimTables>, before: string): Promise<number> {
  return store.transaction(async (db) => {
    const oldest = db
      .selectFrom('releasedClaim')
      .select(['startTime', 'cinemaCode', 'filmTicketCode', 'recordId', 'account'])
      .where('startTime', '<', before)
      .orderBy('startTime')
      .limit(SLICE);
    const { numDeletedRows } = await db
      .deleteFrom('releasedClaim')
      .where(sql<boolean>`(start_time, cinema_code, film_ticket_code, record_id, account) in ${oldest}`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** `purgeReleases` once an hour. */
export function purgeReleasesJob(options: {
  store: Store<ClaimTables>;
  now: Clock;
  windowMs: number;
  logger: Logger;
}): RecurringJob {
  const { store, now, windowMs, logger } = options;
  return every({
    name: 'purge releases',
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    logger,
    async run() {
      const deleted = await purgeReleases(store, { at: now(), windowMs });
      if (deleted > 0) logger.info({ deleted }, 'releases of claims on sessions long over were deleted');
    },
  });
}
