import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, releaseClaimQuery, releaseClaimReplyJson } from '@ticket-check/protocol';
import type { ClaimCounts } from './claim-counts.ts';
import type { ClaimStore } from './claim-store.ts';

/**
 * ReleaseClaim for terminals: a scan that may have claimed ended without admission. May be sent again, and before the
 * claim that it takes back. Readings C2, C8.
 */
export function releaseClaimApi({ claims, counts }: { claims: ClaimStore; counts: ClaimCounts }): SignedApi {
  return signedApi({
    name: APIS.releaseClaim,
    role: 'platform',
    query: releaseClaimQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle(claim, call) {
      const released = await claims.release(claim);
      if (released) counts.givenBack += 1;
      else {
        const { cinemaCode, filmTicketCode, recordId } = claim;
        const line = { cinemaCode, filmTicketCode, recordId, username: call.account.username };
        call.log.warn(line, 'a claim was to be released whose check record is here');
      }
      return releaseClaimReplyJson(released ? 'released' : 'entered');
    },
  });
}
