import {
  type Clock,
  Counter,
  countedTotal,
  type HealthCheck,
  measuredGauge,
  type Registry,
} from '@ticket-check/runtime';
import type { ClaimCounts } from './claim-counts.ts';
import type { ClaimStore } from './claim-store.ts';
import { longOpenSince } from './open-claims.ts';
import type { OpenClaimsAlarm } from './open-claims-alarm.ts';

const OUTCOMES = ['claimed', 'entered', 'refunded', 'released', 'bare'] as const;

/** Adds how claims were answered, and how many wait for their record, to a registry. Readings C2, C8. */
export function claimMetrics(
  registry: Registry,
  {
    counts,
    claims,
    openAlarm,
    now,
  }: { counts: ClaimCounts; claims: Pick<ClaimStore, 'countOpen'>; openAlarm: OpenClaimsAlarm; now: Clock },
): void {
  new Counter({
    name: 'claims_total',
    help: 'Answers to ClaimTicket; entered: another record holds the ticket, released: the claim was released before, bare: the ticket’s e-ticket was not shown',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const outcome of OUTCOMES) this.inc({ outcome }, counts[outcome]);
    },
  });
  countedTotal(
    registry,
    'claims_state_unknown_total',
    'Of these, answers given without the national platform, which said nothing in time',
    () => counts.stateUnknown,
  );
  countedTotal(registry, 'claims_given_back_total', 'Claims released by ReleaseClaim', () => counts.givenBack);
  new Counter({
    name: 'claims_refused_total',
    help: 'Claims and releases refused unread, by code; OVERLOADED: CLAIMS_PER_MINUTE is spent, or no time to try their keys',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [code, refused] of Object.entries(counts.refused)) this.inc({ code }, refused);
    },
  });
  measuredGauge(
    registry,
    'claims_alarmed_accounts',
    'Accounts with more claims without a check record than OPEN_CLAIMS_ALARM',
    async () => (await openAlarm.accounts()).length,
  );
  countedTotal(
    registry,
    'claims_not_holder_total',
    'ReleaseClaims refused because another account had made the claim',
    () => counts.notHolder,
  );
  measuredGauge(registry, 'claims_overdue', 'Claims whose check record has been missing for more than an hour', () =>
    claims.countOpen(longOpenSince(now)),
  );
}

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
