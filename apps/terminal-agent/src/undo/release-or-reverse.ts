import type { Reporting } from '@ticket-check/check-records';
import { askWithin, type CircuitBreaker } from '@ticket-check/exchange';
import type { ClaimReleaser } from '../claims/release-claims.ts';

/**
 * Frees a ticket at the upstream for a guest who waits at the gate: releases the claim that holds it, or sends the compensating
 * record of the undone entry that holds it. Readings C8, R9.
 */
export function releaseOrReverse(
  releaseNow: ClaimReleaser['now'],
  { undone }: Pick<Reporting, 'undone'>,
  breaker: CircuitBreaker,
): ClaimReleaser['now'] {
  return async (recordId, budgetMs) => {
    const released = await releaseNow(recordId, budgetMs);
    if (released !== 'not-queued' || budgetMs <= 0 || !breaker.isUp()) return released;
    const sent = await undone.sendNow(recordId, (call) => askWithin(budgetMs, call, breaker));
    if (sent === 'sent') return 'released';
    return sent === 'unanswered' ? 'unanswered' : 'not-queued';
  };
}
