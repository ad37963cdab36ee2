import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ClaimTables } from './claim-tables.ts';
import type { WithoutClaim } from './transition.ts';

/** A terminal releases some hundred claims on a bad day; the rows of this many take about 3 MB. */
const MAX_RELEASES = 10_000;

/** A claim that was verified inside the window may be written a little later. */
const ON_ITS_WAY_MS = 3_600_000;

/** Anybody can name tickets and RecordIds: bounds the releases remembered for claims that were never made. */
export type ReleaseBound = {
  /** What to do with a release of this account that has no claim here. */
  withoutClaim(startTime: WallClock, username: string): Promise<WithoutClaim>;
};

/**
 * An account has at most `max` releases of tickets on which claims may still come; each further one is put off. Releases
 * that are under way in the same moment are not counted. Reading C8.
 */
export function createReleaseBound(
  store: Store<ClaimTables>,
  options: {
    now: Clock;
    /** How far the StartTime of a claimed ticket may be from the clock, in milliseconds. */
    windowMs: number;
    max?: number;
    logger: Pick<Logger, 'error'>;
  },
): ReleaseBound {
  const { now, windowMs, max = MAX_RELEASES, logger } = options;
  const alarmed = new Set<string>();

  async function hasRoom(username: string, since: WallClock): Promise<boolean> {
    const last = await store.db
      .selectFrom('releasedClaim')
      .select('startTime')
      .where('account', '=', username)
      .where('startTime', '>=', since)
      .orderBy('startTime')
      .limit(1)
      .offset(max - 1)
      .executeTakeFirst();
    return last === undefined;
  }

  return {
    async withoutClaim(startTime, username) {
      const at = now();
      if (epochOf(startTime) > at + windowMs) return 'too-early';
      const oldest = wallClockAt(at - windowMs - ON_ITS_WAY_MS);
      if (startTime < oldest) return 'ignore';
      if (await hasRoom(username, oldest)) {
        alarmed.delete(username);
        return 'keep';
      }
      if (!alarmed.has(username)) {
        alarmed.add(username);
        logger.error({ username, max }, 'account reached its limit of unknown releases');
      }
      return 'refuse';
    },
  };
}
