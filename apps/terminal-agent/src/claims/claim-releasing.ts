import { measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClaimReleaser, createClaimReleaser } from './claim-releaser.ts';
import { type ClaimReleases, createClaimReleases } from './claim-releases.ts';
import type { ClaimTables } from './claim-tables.ts';
import { releaseSender } from './send-releases.ts';

export type ClaimReleasing = {
  readonly releases: ClaimReleases;
  /** Releases a queued claim for a guest who waits at the gate. */
  readonly releaseNow: ClaimReleaser['now'];
};

/** Releases the claims of scans that ended without an admission, once the agent listens. Readings C8, X4. */
export function createClaimReleasing(
  service: Service,
  {
    store,
    connection,
    settings,
  }: { store: Store<ClaimTables>; connection: TerminalConnection; settings: { readonly RESEND_DAYS: number } },
): ClaimReleasing {
  const { logger, now, metrics } = service;
  const releases = createClaimReleases(store, now);
  const releaser = createClaimReleaser({
    releases,
    upstream: connection.upstream,
    breaker: connection.breaker,
    logger,
  });
  measuredGauge(metrics, 'claim_releases_waiting', 'Claims waiting to be released', () => releases.count());
  service.check({ name: 'claims', run: async () => ({ ok: true, toRelease: await releases.count() }) });
  service.job({
    name: 'claim releases',
    runs: 'in one process',
    start: () =>
      releaseSender({
        releases,
        releaser,
        upstream: connection.upstream,
        isLineUp: connection.breaker.isUp,
        resendDays: settings.RESEND_DAYS,
        now,
        logger,
      }),
  });
  return { releases, releaseNow: releaser.now };
}
