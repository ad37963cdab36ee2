import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, releaseClaimQuery, releaseClaimReplyJson } from '@ticket-check/protocol';
import { type ClaimCounts, countingRefusals } from './claim-counts.ts';
import type { ClaimLimits } from './claim-limits.ts';
import type { ClaimStore } from './claim-store.ts';

/**
 * ReleaseClaim for terminals: a scan that may have claimed ended without admission. May be sent again, and before the
 * claim that it takes back. Only the account that made a claim gives it back: RecordIds are no secret. Readings C2, C8.
 */
export function releaseClaimApi(options: { claims: ClaimStore; counts: ClaimCounts; limits: ClaimLimits }): SignedApi {
  const { claims, counts, limits } = options;
  return signedApi({
    name: APIS.releaseClaim,
    role: 'platform',
    query: releaseClaimQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(release, call) {
      const { username } = call.account;
      await countingRefusals(counts, () =>
        limits.spend('release', username, () => {
          call.log.error({ username }, 'an account gives more claims back than it may: see CLAIMS_PER_MINUTE');
        }),
      );
      const outcome = await claims.release({ ...release, source: username });
      const { cinemaCode, filmTicketCode, recordId, uncertain } = release;
      const line = { cinemaCode, filmTicketCode, recordId, username };
      switch (outcome) {
        case 'released':
          counts.givenBack += 1;
          if (uncertain) call.log.warn(line, 'a claim was given back that may have led to an admission');
          break;
        case 'entered':
          call.log.warn(line, 'a claim was to be released whose check record is here');
          break;
        case 'not-holder':
          counts.notHolder += 1;
          call.log.warn(line, 'an account tried to release a claim that another account had made');
      }
      return releaseClaimReplyJson(outcome);
    },
  });
}
