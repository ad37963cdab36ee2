import type { JudgingPool } from '@ticket-check/check-records';
import { type AccountTables, createAccounts, type SignedApi, type UpstreamStore } from '@ticket-check/exchange';
import type { TicketIdentity, WallClock } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { createIsRefunded } from '../changes/known-refunds.ts';
import type { RefundTables } from '../changes/refund-tables.ts';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { createSharedCinemas } from '../cinemas/shared-cinemas.ts';
import { consoleUrlOf, type ThirdPartySettings } from '../config.ts';
import type { PublicKeys } from '../public-keys/public-keys.ts';
import type { NationalTickets } from '../upstream/national-tickets.ts';
import { createDescribeEntry } from './blocking-entry.ts';
import { createClaimCounters } from './claim-counts.ts';
import { createClaimLimits } from './claim-limits.ts';
import { claimMetrics, claimsCheck } from './claim-metrics.ts';
import { type ClaimStore, createClaimStore } from './claim-store.ts';
import { claimTicketApi } from './claim-ticket.ts';
import { createCompareCode } from './compare-code.ts';
import type { KnownTables } from './known-entries.ts';
import { createOpenClaimsAlarm, watchOpenClaims } from './open-claims-alarm.ts';
import { createReleaseBound } from './release-bound.ts';
import { releaseClaimApi } from './release-claim.ts';
import { createVerifyCode } from './verify-code.ts';

export type Claims = {
  readonly store: ClaimStore;
  /** ClaimTicket and ReleaseClaim. */
  readonly apis: readonly SignedApi[];
};

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
    keys: PublicKeys;
    pool: JudgingPool;
    /** Whether a ticket's bare code lets nobody in because it has an e-ticket. Reading C5. */
    hasLiveETicket: (ticket: TicketIdentity) => Promise<boolean>;
    settings: ThirdPartySettings;
  },
): Claims {
  const { store, upstreams, national, keys, pool, hasLiveETicket, settings } = options;
  const { now, logger, metrics } = service;
  const { keysEver, keysAtHand } = keys.cache;
  const windowMs = settings.CLAIM_WINDOW_HOURS * 3_600_000;
  const claims = createClaimStore(store, now);
  const counts = createClaimCounters();
  const limits = createClaimLimits(settings.CLAIMS_PER_MINUTE);
  const openAlarm = createOpenClaimsAlarm({ claims, max: settings.OPEN_CLAIMS_ALARM, now });

  claimMetrics(metrics, { counts, claims, openAlarm, now });
  service.check(claimsCheck({ claims, counts, openAlarm, now }));
  // Each process says it in its own log.
  service.job({ name: 'open claims', runs: 'everywhere', ...watchOpenClaims(openAlarm, logger) });
  return {
    store: claims,
    apis: [
      claimTicketApi({
        national,
        claims,
        counts,
        limits,
        verifyCode: createVerifyCode({
          keysEver,
          keysAtHand,
          refreshKeys: keys.refreshKeys,
          compareCode: createCompareCode({ pool, now, budgetMs: settings.UPSTREAM_BUDGET_MS }),
          now,
          windowMs,
        }),
        sharedCinemas: createSharedCinemas(store, { upstreams }),
        restoredAt: () => store.currentGeneration().renewedAt as WallClock | null,
        hasLiveETicket,
        describeEntry: createDescribeEntry({
          claims,
          accounts: createAccounts(store, now),
          consoleUrl: consoleUrlOf(settings),
        }),
        isRefunded: createIsRefunded(store),
      }),
      releaseClaimApi({ claims, counts, limits, bound: createReleaseBound(store, { now, windowMs, logger }) }),
    ],
  };
}
