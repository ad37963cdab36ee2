import { type Call, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimRelease,
  ProtocolError,
  type ReleaseOutcome,
  releaseClaimQuery,
  releaseClaimReplyJson,
} from '@ticket-check/protocol';
import { type ClaimCounts, countingRefusals } from './claim-counts.ts';
import type { ClaimLimits } from './claim-limits.ts';
import type { ClaimStore } from './claim-store.ts';
import type { ReleaseBound } from './release-bound.ts';

/**
 * ReleaseClaim for terminals: a scan that may have claimed ended without admission. May be sent again, and before the
 * claim that it takes back. Only the account that made a claim gives it back: RecordIds are no secret. Readings C2, C8.
 */
export function releaseClaimApi(options: {
  claims: Pick<ClaimStore, 'release'>;
  counts: ClaimCounts;
  limits: ClaimLimits;
  bound: ReleaseBound;
}): SignedApi {
  const { claims, counts, limits, bound } = options;

  async function release(asked: ClaimRelease, { account: { username }, signed, log }: Call): Promise<ReleaseOutcome> {
    limits.spend('release', username, signed.datetime, () =>
      log.error({ username }, 'refused releases of an account beyond CLAIMS_PER_MINUTE'),
    );
    const withoutClaim = await bound.withoutClaim(asked.startTime, username);
    const outcome = await claims.release({ ...asked, account: username, withoutClaim });
    if (outcome === 'too-early') {
      throw new ProtocolError(
        'START_TIME_OUT_OF_RANGE',
        'No claim is accepted yet on a ticket of this StartTime, and this one was never made: there is nothing to release.',
      );
    }
    if (outcome === 'no-room') {
      throw new ProtocolError(
        'OVERLOADED',
        'This account has released as many unknown claims as it may; send this one again later.',
      );
    }
    return outcome;
  }

  return signedApi({
    name: APIS.releaseClaim,
    role: 'platform',
    priority: 'question',
    query: releaseClaimQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(asked, call) {
      const { username } = call.account;
      const outcome = await countingRefusals(counts, () => release(asked, call));
      const { cinemaCode, filmTicketCode, recordId, uncertain } = asked;
      const line = { cinemaCode, filmTicketCode, recordId, username };
      switch (outcome) {
        case 'released':
          counts.givenBack += 1;
          if (uncertain) call.warn(line, 'released a claim that may have been used');
          break;
        case 'entered':
          call.warn(line, 'refused to release a claim with a record');
          break;
        case 'not-holder':
          counts.notHolder += 1;
          call.warn(line, 'refused to release another account’s claim');
      }
      return releaseClaimReplyJson(outcome);
    },
  });
}
