import { wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger, Recurring } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ClaimTables } from './claim-tables.ts';

const EVERY_MS = 3_600_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 500;
/** A clock that is days ahead must not delete what claims of today are decided by. */
const LONG_MS = 30 * 86_400_000;

/**
 * Deletes releases once their session is so long over that no claim on it is accepted. Answers how many rows it deleted.
 */
export function purgeReleases(
  store: Store<ClaimTables>,
  { at, windowMs }: { at: number; windowMs: number },
  stopping: AbortSignal,
): Promise<number> {
  const before = wallClockAt(at - windowMs - LONG_MS);
  return purgeInSlices(SLICE, (size) => deleteSlice(store, before, size), stopping);
}

function deleteSlice(store: Store<ClaimTables>, before: string, size: number): Promise<number> {
  return store.transaction(async (db) => {
    const oldest = db
      .selectFrom('releasedClaim')
      .select(['startTime', 'cinemaCode', 'filmTicketCode', 'recordId', 'account'])
      .where('startTime', '<', before)
      .orderBy('startTime')
      .limit(size);
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
}): Recurring {
  const { store, now, windowMs, logger } = options;
  return {
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    async run(stopping) {
      const deleted = await purgeReleases(store, { at: now(), windowMs }, stopping);
      if (deleted > 0) logger.info({ deleted }, 'deleted releases of past sessions');
    },
  };
}
