import type { ToldTime } from '@ticket-check/exchange';
import type { RetentionTerms } from './cutoff.ts';
import type { Purge, Retention } from './retention.ts';

/** One purge at a time, of a service's processes and of commands. */
export const PURGE_LEASE = 'purge';

/** The operation as which a purge is written down. */
export const PURGE_OPERATION = 'records purge';

/** A purge that has something to do, and what is written down at its beginning. */
export type PlannedPurge = { readonly terms: RetentionTerms; readonly what: object };

/**
 * Plans a purge; null if nothing may go. Its start event holds the counts of all purges before it, so that the next one reports
 * what a killed purge had deleted.
 */
export async function planPurge(
  retention: Retention,
  { now, confirmed }: { now: number; confirmed: ToldTime },
): Promise<PlannedPurge | null> {
  const terms = retention.terms(now, confirmed);
  if (!(await retention.hasAny(terms))) return null;
  const what = {
    cutoff: terms.cutoff,
    confirmedAt: confirmed.at,
    confirmedBy: confirmed.by,
    purgedBefore: await retention.purged(),
  };
  return { terms, what };
}

/** What is written down at its end. */
export function outcomeOf({ gone, stayed, oldest, stopped }: Purge): object {
  return { purged: gone, oldest, stayed, ...(stopped && { stopped }) };
}
