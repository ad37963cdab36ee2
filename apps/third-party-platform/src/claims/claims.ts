import { type AccountTables, createAccounts, createRequestLimit, type UpstreamStore } from '@ticket-check/exchange';
import type { TicketIdentity, WallClock } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createIsRefunded, type RefundTables } from '../changes/known-refunds.ts';
import type { CinemaTables } from '../cinemas/served-cinemas.ts';
import { createSharedCinemas } from '../cinemas/shared-cinemas.ts';
import { consoleUrlOf, type ThirdPartySettings } from '../config.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import {
  claimMetrics,
  claimsCheck,
  createAlarmedAccounts,
  createClaimCounts,
  watchOpenClaims,
} from './claim-metrics.ts';
import { createClaimStore } from './claim-store.ts';
import { claimTicketApi } from './claim-ticket.ts';
import type { KnownTables } from './known-entries.ts';
import { createReleaseBound, releaseClaimApi } from './release-claim.ts';
import type { VerifyCode } from './verify-code.ts';

/**
 * Claims of tickets by terminals: ClaimTicket and ReleaseClaim, the alarm for claims without a record, and the releases that have
 * to be remembered. Readings C2, C8, X4.
 */
export function createClaims(
  service: Service,
  options: {
    store: Store<KnownTables & CinemaTables & RefundTables & AccountTables>;
    upstreams: UpstreamStore;
    national: NationalTickets;
    verifyCode: VerifyCode;
    /** Whether a ticket's bare code lets nobody in because it has an e-ticket. Reading C5. */
    hasLiveETicket: (ticket: TicketIdentity) => Promise<boolean>;
    settings: ThirdPartySettings;
  },
) {
  const { store, upstreams, national, verifyCode, hasLiveETicket, settings } = options;
  const { now, logger, metrics } = service;
  const windowMs = settings.CLAIM_WINDOW_HOURS * 3_600_000;
  const claims = createClaimStore(store, now);
  const counts = createClaimCounts();
  // In memory, so for each process. What is refused is no answer to a terminal: it decides by its offline policy, and a release is
  // sent again later.
  const limitOf = (what: string) => createRequestLimit(settings.CLAIMS_PER_MINUTE, what);
  const alarmed = createAlarmedAccounts(store, settings.OPEN_CLAIMS_ALARM, now);

  claimMetrics(metrics, { counts, store, alarmed, now });
  service.check(claimsCheck({ counts, store, alarmed, now }));
  // Each process says it in its own log.
  service.job({ name: 'open claims', runs: 'everywhere', ...watchOpenClaims(alarmed, logger) });
  return {
    store: claims,
    /** ClaimTicket and ReleaseClaim. */
    apis: [
      claimTicketApi({
        national,
        claims,
        counts,
        limit: limitOf('claims'),
        verifyCode,
        windowMs,
        sharedCinemas: createSharedCinemas(store, { upstreams }),
        restoredAt: () => store.currentGeneration().renewedAt as WallClock | null,
        hasLiveETicket,
        accounts: createAccounts(store, now),
        consoleUrl: consoleUrlOf(settings),
        isRefunded: createIsRefunded(store),
        now,
      }),
      releaseClaimApi({
        claims,
        counts,
        limit: limitOf('releases of claims'),
        bound: createReleaseBound(store, { now, windowMs, logger }),
      }),
    ],
  };
}
