import type { Reporting } from '@ticket-check/check-records';
import { askWithin, type CircuitBreaker } from '@ticket-check/exchange';
import type { RecordId, TicketClaim, TicketIdentity } from '@ticket-check/protocol';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import type { ClaimReleasing } from '../claims/release-claims.ts';
import { identityOf } from '../journal/scan.ts';
import type { UpstreamAnswer } from '../upstream/ask-upstream.ts';
import { type AskUpstream, type ClaimAnswer, remaining } from '../upstream/ask-upstream.ts';
import type { ScanStore } from './scan-store.ts';

/** The result of a claim; `ownClaimStands`: an earlier scan of this store still holds the ticket. */
export type ScanClaim = ClaimAnswer & { ownClaimStands?: boolean };

/**
 * Claims a ticket for a scan. If it is still held by an earlier scan of this store that admitted nobody, that claim is released
 * first; if that fails now, the upstream counts as silent. Reading C8.
 *
 * @param intent commit of the intent, by which the claim is released after a crash; nothing is claimed before
 */
export type ClaimAtGate = (question: TicketClaim, deadline: number, intent: Promise<void>) => Promise<ScanClaim>;

export function createClaimAtGate(options: {
  askUpstream: Pick<AskUpstream, 'claim'>;
  scans: Pick<ScanStore, 'giveUp'>;
  releaseNow: ClaimReleasing['releaseNow'];
  /** Sends the compensating record of an undone entry at once. */
  undone: Pick<Reporting['undone'], 'sendNow'>;
  breaker: CircuitBreaker;
  policy: (ticket: TicketIdentity) => AdmissionPolicy;
}): ClaimAtGate {
  const { scans, releaseNow, undone, breaker } = options;

  /** Releases the claim that holds the ticket, or sends the compensating record of the undone entry that does. Reading R9. */
  async function release(holder: RecordId, budgetMs: number): Promise<'released' | 'unanswered' | 'not-queued'> {
    const released = await releaseNow(holder, budgetMs);
    if (released !== 'not-queued' || budgetMs <= 0 || !breaker.isUp()) return released;
    const sent = await undone.sendNow(holder, (call) => askWithin(budgetMs, call, breaker));
    if (sent === 'sent') return 'released';
    return sent === 'unanswered' ? 'unanswered' : 'not-queued';
  }

  async function claim(
    question: TicketClaim,
    deadline: number,
    intent: Promise<void>,
    freed: RecordId | null,
  ): Promise<ScanClaim> {
    const asked = await options.askUpstream.claim(question, remaining(deadline), intent);
    const holder = holderIn(asked.answer);
    const { verdict } = judgeEntry(question.recordId, null, asked.answer, options.policy(question));
    if (holder === null || verdict !== 'ALREADY_ENTERED') return asked;
    // A scan that a crash cut off may hold the ticket beside the one that goes on.
    await scans.giveUp(holder, { ...identityOf(question), gate: question.gate }, question.checkTime);
    // A holder that was released once and still holds the ticket is not released again.
    const released = holder === freed ? 'unanswered' : await release(holder, remaining(deadline));
    if (released === 'not-queued') return asked;
    if (released === 'released') return claim(question, deadline, intent, holder);
    return { answer: { kind: 'silent' }, mayBeClaimed: asked.mayBeClaimed, ownClaimStands: true };
  }

  return (question, deadline, intent) => claim(question, deadline, intent, null);
}

/** The scan whose claim or entry blocks the ticket. */
function holderIn(answer: UpstreamAnswer): RecordId | null {
  return answer.kind === 'answered' && answer.claim === 'taken' ? (answer.entry?.recordId ?? null) : null;
}
