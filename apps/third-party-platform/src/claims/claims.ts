import { createRequestLimit, shareLimits } from '@ticket-check/exchange';
import type { Service } from '@ticket-check/runtime';
import { claimMetrics, claimsCheck, createClaimCounts } from './claim-metrics.ts';
import { createClaimStore } from './claim-store.ts';
import { type ClaimOptions, claimTicketApi, windowMsOf } from './claim-ticket.ts';
import { createReleaseBound, releaseClaimApi } from './release-claim.ts';

/**
 * Claims of tickets by terminals: ClaimTicket and ReleaseClaim, the alarm for claims without a record, and the releases that have
 * to be remembered. Readings C2, C8, X4.
 */
export function createClaims(service: Service, options: ClaimOptions) {
  const { store, settings } = options;
  const { now, logger, metrics } = service;
  const claims = createClaimStore(store, now);
  const counts = createClaimCounts();
  const watched = { store, maxOpen: settings.OPEN_CLAIMS_ALARM, now };
  claimMetrics(metrics, counts, watched);
  service.check(claimsCheck(watched));
  const limits = {
    claims: createRequestLimit(settings.CLAIMS_PER_MINUTE, 'claims'),
    releases: createRequestLimit(settings.CLAIMS_PER_MINUTE, 'releases of claims'),
  };
  shareLimits(service, { store, limits });
  return {
    store: claims,
    /**
     * ClaimTicket and ReleaseClaim. What their limits refuse is no answer to a terminal: it decides by its offline policy, and a
     * release is sent again later.
     */
    apis: [
      claimTicketApi(service, { ...options, claims, counts, limit: limits.claims }),
      releaseClaimApi({
        claims,
        counts,
        limit: limits.releases,
        bound: createReleaseBound(store, { now, windowMs: windowMsOf(settings), logger }),
      }),
    ],
  };
}
