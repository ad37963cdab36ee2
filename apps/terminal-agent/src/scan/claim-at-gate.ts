import type { RecordId, TicketClaim, TicketIdentity } from '@ticket-check/protocol';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import type { GiveBack } from '../claims/give-back.ts';
import type { AskUpstream, ClaimAnswer } from '../upstream/ask-upstream.ts';
import type { UpstreamAnswer } from '../upstream/upstream-answer.ts';
import { remaining } from './remaining.ts';

/** What became of a claim; `ownClaimStands` where an earlier scan of this store still holds the ticket. */
export type ScanClaim = ClaimAnswer & { ownClaimStands?: boolean };

/**
 * Claims a ticket for a scan. Where an earlier scan of this store that admitted nobody holds it, because the upstream has not
 * been told yet, that claim is given back first; where that cannot be done now, the upstream might as well be silent. Reading
 * C8.
 *
 * @param intent the commit that gives the claim back should this process not come to that; until then nothing is claimed.
 */
export type ClaimAtGate = (question: TicketClaim, deadline: number, intent: Promise<void>) => Promise<ScanClaim>;

export function createClaimAtGate(options: {
  askUpstream: Pick<AskUpstream, 'claim'>;
  /** Gives a claim back at once that is queued to be, or tells the upstream that its entry was undone. */
  giveBackNow: GiveBack['now'];
  /** What the cinema decides for a ticket. */
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
    // What was freed and holds the ticket all the same is not freed again and again.
    const given = holder === freed ? 'unanswered' : await options.giveBackNow(holder, remaining(deadline));
    if (given === 'not-queued') return asked;
    if (given === 'released') return claim(question, deadline, intent, holder);
    return { answer: { kind: 'silent' }, mayBeClaimed: asked.mayBeClaimed, ownClaimStands: true };
  }

  return (question, deadline, intent) => claim(question, deadline, intent, null);
}

/** The scan whose claim or entry stands in the way. */
export function holderIn(answer: UpstreamAnswer): RecordId | null {
  return answer.kind === 'answered' && answer.claim === 'taken' ? (answer.entry?.recordId ?? null) : null;
}
