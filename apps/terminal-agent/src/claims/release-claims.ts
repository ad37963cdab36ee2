import { askWithin, type CallPriority, type CircuitBreaker, type Outcome, type Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimRelease,
  type RecordId,
  type ReleaseOutcome,
  readReleaseClaimReply,
  releaseClaimQueryJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Logger, measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClaimReleases, type ClaimTables, createClaimReleases } from './claim-releases.ts';

const TIMEOUT_MS = 5000;
const EVERY_MS = 2000;
/** Longest pause towards an upstream that does not keep up: nobody is admitted with a ticket until its claim is released. */
const LONGEST_MS = 30_000;
const PAGE_SIZE = 100;
/** Failures that end a run: each may have cost a wait. */
const MAX_FAILURES = 3;
const DAY_MS = 86_400_000;

/** When queued claims are released in the background. */
export const PACE = { everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS, atOnce: true };

/** Releases queued claims of scans that ended without an admission. Readings C8, X4. */
export function createClaimReleaser(options: {
  releases: Pick<ClaimReleases, 'oldest' | 'find' | 'answered'>;
  upstream: () => Promise<Upstream | null>;
  breaker: CircuitBreaker;
  logger: Logger;
}) {
  const { releases, upstream, breaker, logger } = options;

  /** An answer of the upstream takes a release off the queue. */
  async function note(release: ClaimRelease, outcome: Outcome<ReleaseOutcome>): Promise<void> {
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
    await releases.answered(release);
  }

  const ask = (peer: Upstream, release: ClaimRelease, when: { timeoutMs: number; priority: CallPriority }) =>
    peer.call(APIS.releaseClaim, releaseClaimQueryJson(release), {
      read: readReleaseClaimReply,
      idempotent: true,
      ...when,
    });

  /** The upstream while it is reachable and holds claims: a plain one does not, and an extended one may be set again. */
  async function holder(): Promise<Upstream | null> {
    const peer = breaker.isUp() ? await upstream() : null;
    return peer?.extensions().has('claim-ticket') ? peer : null;
  }

  /** The last claim that was tried: the next run begins behind it. */
  let after: RecordId | null = null;

  /** The claims after the one tried last, or else the oldest ones. */
  async function nextWaiting(): Promise<readonly ClaimRelease[]> {
    const behind = await releases.oldest(PAGE_SIZE, after);
    return behind.length > 0 || after === null ? behind : releases.oldest(PAGE_SIZE);
  }

  return {
    /**
     * Releases a claim at once, within `budgetMs`, for a guest who waits at the gate. `not-queued`: the claim does not belong to a
     * scan of this store that admitted nobody, so it stays.
     */
    async now(recordId: RecordId, budgetMs: number): Promise<'released' | 'unanswered' | 'not-queued'> {
      const release = await releases.find(recordId);
      if (release === null) return 'not-queued';
      const peer = budgetMs > 0 ? await holder() : null;
      if (peer === null) return 'unanswered';
      const askNow = (timeoutMs: number) => ask(peer, release, { timeoutMs, priority: 'claim' });
      const outcome = await askWithin(budgetMs, askNow, breaker);
      await note(release, outcome);
      if (outcome.kind !== 'delivered') return 'unanswered';
      return outcome.reply === 'released' ? 'released' : 'not-queued';
    },

    /**
     * Releases claims until the upstream has answered each: until then nobody else can be admitted with the ticket. Continues
     * after one that failed and returns to the oldest at the end, so that a claim at which the upstream always fails does not
     * block the others. Backs off while nothing is released. Claims still queued when the agent stops are sent after its next start.
     */
    async run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
      const waiting = await nextWaiting();
      let answers = 0;
      let failures = 0;
      for (const release of waiting) {
        const peer = stopping.aborted ? null : await holder();
        if (peer === null) return 'done';
        const outcome = await ask(peer, release, { timeoutMs: TIMEOUT_MS, priority: 'background' });
        await note(release, outcome);
        after = release.recordId;
        if (outcome.kind !== 'retry') answers += 1;
        // A failure of one cinema must not delay the others' claims.
        else if (outcome.detail !== 'cinema') failures += 1;
        if (failures >= MAX_FAILURES) return 'back-off';
      }
      if (waiting.length < PAGE_SIZE) after = null;
      return answers > 0 || waiting.length === 0 ? 'done' : 'back-off';
    },
  };
}

export type ClaimReleasing = ReturnType<typeof createClaimReleasing>;

/**
 * Releases the claims of scans that ended without an admission, once the agent listens. Open scans whose ticket another one
 * admitted are ended before each run, and answered releases are forgotten once no restored upstream needs them. Readings C8, X4.
 */
export function createClaimReleasing(
  service: Service,
  options: {
    store: Store<ClaimTables>;
    connection: TerminalConnection;
    /** Ends scans that a crash left open and whose ticket another scan admitted, and queues their claims. */
    refuseSuperseded: () => Promise<number>;
    settings: { readonly RESEND_DAYS: number };
  },
) {
  const { logger, now, metrics } = service;
  const { upstream, breaker } = options.connection;
  const releases = createClaimReleases(options.store, now);
  const releaser = createClaimReleaser({ releases, upstream, breaker, logger });
  measuredGauge(metrics, 'claim_releases_waiting', 'Claims waiting to be released', () => releases.count());
  service.check({ name: 'claims', run: async () => ({ ok: true, toRelease: await releases.count() }) });
  const job = service.job({
    name: 'claim releases',
    runs: 'in one process',
    ...PACE,
    async run(stopping) {
      await options.refuseSuperseded();
      const came = await releaser.run(stopping);
      await releases.forget(wallClockAt(now() - options.settings.RESEND_DAYS * DAY_MS));
      return came;
    },
  });
  const wake = () => void job.trigger();
  return {
    releaseNow: releaser.now,
    /** Releases answered releases since then again; returns how many. */
    async releaseAgain(since: WallClock): Promise<number> {
      const queued = await releases.queueAgain(since);
      if (queued > 0) wake();
      return queued;
    },
    /** Announces that a claim was queued. */
    wake,
  };
}
