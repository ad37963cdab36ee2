import type { RecordId, TicketClaim, TicketIdentity } from '@ticket-check/protocol';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import type { ClaimReleaser } from '../claims/release-claims.ts';
import { type AskUpstream, type ClaimAnswer, remaining } from '../upstream/ask-upstream.ts';
import type { UpstreamAnswer } from '../upstream/upstream-answer.ts';

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
  /** Releases a queued claim at once, or sends the compensating record of an undone entry. */
  releaseOrReverse: ClaimReleaser['now'];
  /** The cinema's policy for a ticket. */
  policy: (ticket: TicketIdentity) => AdmissionPolicy;
}): ClaimAtGate {
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
    // A holder that was released once and still holds the ticket is not released again.
    const released = holder === freed ? 'unanswered' : await options.releaseOrReverse(holder, remaining(deadline));
    if (released === 'not-queued') return asked;
    if (released === 'released') return claim(question, deadline, intent, holder);
    return { answer: { kind: 'silent' }, mayBeClaimed: asked.mayBeClaimed, ownClaimStands: true };
  }

  return (question, deadline, intent) => claim(question, deadline, intent, null);
}

/** The scan whose claim or entry blocks the ticket. */
export function holderIn(answer: UpstreamAnswer): RecordId | null {
  return answer.kind === 'answered' && answer.claim === 'taken' ? (answer.entry?.recordId ?? null) : null;
}
