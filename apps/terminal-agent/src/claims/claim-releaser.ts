import { askWithin, type CallPriority, type CircuitBreaker, type Outcome, type Upstream } from '@ticket-check/exchange';
import {
  APIS,
  CLAIM_TICKET_EXTENSION,
  type ClaimRelease,
  type RecordId,
  type ReleaseOutcome,
  readReleaseClaimReply,
  releaseClaimQueryJson,
} from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { ClaimReleases } from './claim-releases.ts';

const TIMEOUT_MS = 5000;

export type ClaimReleaser = {
  /** Releases a queued claim in the background; an answer of the upstream takes it off the queue. */
  send(peer: Upstream, release: ClaimRelease): Promise<Outcome<ReleaseOutcome>>;
  /**
   * Releases it at once, within `budgetMs`, for a guest who waits at the gate. `not-queued`: the claim does not belong to a
   * scan of this store that admitted nobody, so it stays.
   */
  now(recordId: RecordId, budgetMs: number): Promise<'released' | 'unanswered' | 'not-queued'>;
};

/** Releases claims of scans that ended without an admission. Reading C8. */
export function createClaimReleaser(options: {
  releases: ClaimReleases;
  upstream: () => Promise<Upstream | null>;
  breaker: CircuitBreaker;
  logger: Logger;
}): ClaimReleaser {
  const { releases, upstream, breaker, logger } = options;

  const ask = (peer: Upstream, release: ClaimRelease, when: { timeoutMs: number; priority: CallPriority }) =>
    peer.call(APIS.releaseClaim, releaseClaimQueryJson(release), {
      read: readReleaseClaimReply,
      idempotent: true,
      ...when,
    });

  async function note(release: ClaimRelease, outcome: Outcome<ReleaseOutcome>, round: number): Promise<void> {
    const { recordId } = release;
    if (outcome.kind === 'retry') {
      const { code, message } = outcome;
      logger.warn({ code, reason: message, recordId }, 'failed to release a claim; will retry');
      return;
    }
    if (outcome.kind === 'rejected') {
      const { code, message } = outcome;
      logger.error({ code, reason: message, recordId }, 'upstream refused to release a claim');
    } else if (outcome.reply === 'entered') {
      logger.error({ recordId }, 'upstream has a record of an unadmitted scan');
    } else if (outcome.reply === 'not-holder') {
      // Only a supervisor of the platform can release it.
      logger.error({ recordId }, 'failed to release a claim of another account');
    }
    await releases.answered(release, round);
  }

  return {
    async send(peer, release) {
      const round = releases.round();
      const outcome = await ask(peer, release, { timeoutMs: TIMEOUT_MS, priority: 'background' });
      await note(release, outcome, round);
      return outcome;
    },

    async now(recordId, budgetMs) {
      const release = await releases.find(recordId);
      if (release === null) return 'not-queued';
      const peer = budgetMs > 0 && breaker.isUp() ? await upstream() : null;
      if (!peer?.extensions().has(CLAIM_TICKET_EXTENSION)) return 'unanswered';
      const round = releases.round();
      const askNow = (timeoutMs: number) => ask(peer, release, { timeoutMs, priority: 'claim' });
      const outcome = await askWithin(budgetMs, askNow, breaker);
      await note(release, outcome, round);
      if (outcome.kind !== 'delivered') return 'unanswered';
      return outcome.reply === 'released' ? 'released' : 'not-queued';
    },
  };
}
