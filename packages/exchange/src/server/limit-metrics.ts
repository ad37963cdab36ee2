import { countedTotal, measuredGauge, type Registry } from '@ticket-check/runtime';
import type { RefusalPace } from './refusal-pace.ts';
import type { RequestLimit } from './request-limit.ts';

/** Adds what the limits of accounts and addresses refused and slowed to a registry. */
export function limitMetrics(
  registry: Registry,
  limit: Pick<RequestLimit, 'refused' | 'accounts'>,
  pace: Pick<RefusalPace, 'slowed'>,
): void {
  countedTotal(
    registry,
    'requests_over_limit_total',
    'Requests refused because their account had spent REQUESTS_PER_MINUTE, or because as many copies had been sent',
    limit.refused,
  );
  measuredGauge(
    registry,
    'requests_limited_accounts',
    'Accounts of which requests or copies were refused in the minute under way',
    limit.accounts,
  );
  countedTotal(
    registry,
    'refusals_slowed_total',
    'Refusals of requests that no account signed, beyond those that an address may cause in a minute',
    pace.slowed,
  );
}
