import type { Clock, HealthCheck } from '@ticket-check/runtime';
import type { ClaimCounts } from './claim-counts.ts';
import type { ClaimStore } from './claim-store.ts';
import { longOpenSince } from './open-claims.ts';
import type { OpenClaimsAlarm } from './open-claims-alarm.ts';

const MAX_NAMED = 20;

/** What `GET /health` shows of claims: those whose records are missing, and how claims were answered since the start. */
export function claimsCheck(options: {
  claims: Pick<ClaimStore, 'countOpen'>;
  counts: ClaimCounts;
  openAlarm: OpenClaimsAlarm;
  now: Clock;
}): HealthCheck {
  const { claims, counts, openAlarm, now } = options;
  return {
    name: 'claims',
    // Claims without a record that are older than an hour: an admission that was never reported, or none at all.
    run: async () => ({
      ok: true,
      overdue: await claims.countOpen(longOpenSince(now)),
      alarmed: (await openAlarm.accounts()).slice(0, MAX_NAMED),
      sinceStart: { ...counts },
    }),
  };
}
