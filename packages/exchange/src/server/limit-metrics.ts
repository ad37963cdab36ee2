import { countedTotal, countedTotalBy, measuredGauge, type Registry } from '@ticket-check/runtime';
import type { AdmissionQueue } from './admission-queue.ts';
import type { RefusalPace } from './refusal-pace.ts';
import type { RequestLimit } from './request-limit.ts';

/** Adds to a registry what the limits of accounts and addresses refused and slowed, and what was shed under overload. */
export function limitMetrics(
  registry: Registry,
  of: {
    limit: Pick<RequestLimit, 'refused' | 'accounts'>;
    pace: Pick<RefusalPace, 'slowed'>;
    admission: Pick<AdmissionQueue, 'waiting' | 'shed'>;
  },
): void {
  const { limit, pace, admission } = of;
  countedTotal(
    registry,
    'requests_over_limit_total',
    'Requests refused because their account had spent REQUESTS_PER_MINUTE',
    limit.refused,
  );
  measuredGauge(
    registry,
    'requests_limited_accounts',
    'Accounts with refused requests in the current minute',
    limit.accounts,
  );
  countedTotal(
    registry,
    'refusals_slowed_total',
    'Refusals of requests that no account signed, beyond those that an address may cause in a minute',
    pace.slowed,
  );
  measuredGauge(registry, 'requests_waiting', 'Requests of accounts that wait for a place', admission.waiting);
  countedTotalBy(
    registry,
    'requests_shed_total',
    'Requests of accounts that were refused because they could not be answered in time, by what they are for',
    'priority',
    admission.shed,
  );
}
