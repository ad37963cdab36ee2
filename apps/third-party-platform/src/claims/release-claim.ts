import { type RequestLimit, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  epochOf,
  ProtocolError,
  releaseClaimQuery,
  releaseClaimReplyJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type ClaimCounts, countingRefusals } from './claim-metrics.ts';
import type { ClaimStore } from './claim-store.ts';
import type { ClaimTables } from './claim-tables.ts';
import type { WithoutClaim } from './transition.ts';

/** A terminal releases some hundred claims on a bad day; the rows of this many take about 3 MB. */
const MAX_RELEASES = 10_000;

/** A claim that was verified inside the window may be written a little later. */
const ON_ITS_WAY_MS = 3_600_000;

export type BoundReleases = (startTime: WallClock, username: string) => Promise<WithoutClaim>;

/**
 * Bounds the releases remembered for claims that were never made, since anybody can name tickets and RecordIds. An account has at
 * most `max` releases of tickets on which claims may still come; each further one is put off. Releases that are under way in the
 * same moment are not counted. Reading C8.
 */
export function createReleaseBound(
  store: Store<ClaimTables>,
  options: {
    now: Clock;
    windowMs: number;
    max?: number;
    logger: Pick<Logger, 'error'>;
  },
): BoundReleases {
  const { now, windowMs, max = MAX_RELEASES, logger } = options;
  const alarmed = new Set<string>();

  async function hasRoom(username: string, since: WallClock): Promise<boolean> {
    const last = await store.db
      .selectFrom('releasedClaim')
      .modifyFront(acrossCinemas('key'))
      .select('startTime')
      .where('account', '=', username)
      .where('startTime', '>=', since)
      .orderBy('startTime')
      .limit(1)
      .offset(max - 1)
      .executeTakeFirst();
    return last === undefined;
  }

  return async (startTime, username) => {
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
  };
}

/**
 * ReleaseClaim for terminals: a scan that may have claimed ended without admission. May be sent again, and before the
 * claim that it takes back. Only the account that made a claim gives it back: RecordIds are no secret. Readings C2, C8.
 */
export function releaseClaimApi(options: {
  claims: Pick<ClaimStore, 'release'>;
  counts: ClaimCounts;
  limit: RequestLimit;
  bound: BoundReleases;
}): SignedApi {
  const { claims, counts, limit, bound } = options;
  return signedApi({
    name: APIS.releaseClaim,
    role: 'platform',
    priority: 'question',
    query: releaseClaimQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(asked, call) {
      const { username } = call.account;
      const outcome = await countingRefusals(counts, async () => {
        limit.spend(username, call.signed.datetime, () =>
          call.log.error({ username }, 'refused releases of an account beyond CLAIMS_PER_MINUTE'),
        );
        const withoutClaim = await bound(asked.startTime, username);
        const released = await claims.release({ ...asked, account: username, withoutClaim });
        if (released === 'too-early') {
          throw new ProtocolError(
            'START_TIME_OUT_OF_RANGE',
            'No claim is accepted yet on a ticket of this StartTime, and this one was never made: there is nothing to release.',
          );
        }
        if (released === 'no-room') {
          throw new ProtocolError(
            'OVERLOADED',
            'This account has released as many unknown claims as it may; send this one again later.',
          );
        }
        return released;
      });
      const { cinemaCode, filmTicketCode, recordId, uncertain } = asked;
      const line = { cinemaCode, filmTicketCode, recordId, username };
      if (outcome === 'entered') call.warn(line, 'refused to release a claim with a record');
      if (outcome === 'not-holder') call.warn(line, 'refused to release another account’s claim');
      if (outcome === 'released' && uncertain) call.warn(line, 'released a claim that may have been used');
      return releaseClaimReplyJson(outcome);
    },
  });
}
