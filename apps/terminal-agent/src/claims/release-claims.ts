import { askWithin, type CallPriority, type CircuitBreaker, type Outcome, type Upstream } from '@ticket-check/exchange';
import {
  APIS,
  CLAIM_TICKET_EXTENSION,
  type ClaimRelease,
  type RecordId,
  type ReleaseOutcome,
  readReleaseClaimReply,
  releaseClaimQueryJson,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Logger, measuredGauge, type Recurring, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClaimReleases, type ClaimTables, createClaimReleases } from './claim-releases.ts';

const TIMEOUT_MS = 5000;

type ClaimReleaser = {
  /** Releases a queued claim in the background; an answer of the upstream takes it off the queue. */
  send(peer: Upstream, release: ClaimRelease): Promise<Outcome<ReleaseOutcome>>;
  /**
   * Releases it at once, within `budgetMs`, for a guest who waits at the gate. `not-queued`: the claim does not belong to a
   * scan of this store that admitted nobody, so it stays.
   */
  now(recordId: RecordId, budgetMs: number): Promise<'released' | 'unanswered' | 'not-queued'>;
};

/** Releases claims of scans that ended without an admission. Reading C8. */
function createClaimReleaser(options: {
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

const EVERY_MS = 2000;
/** Longest pause towards an upstream that does not keep up: nobody is admitted with a ticket until its claim is released. */
const LONGEST_MS = 30_000;
const PAGE_SIZE = 100;
/** Failures that end a run: each may have cost a wait. */
const MAX_FAILURES = 3;
const DAY_MS = 86_400_000;

/**
 * Releases queued claims, retrying each until the upstream answers: until then nobody else can be admitted with the ticket.
 * Continues after one that failed and returns to the oldest at the end, so that a claim at which the upstream always fails does
 * not block the others. Sends nothing while the line is down, and backs off while nothing is released. Forgets answered releases
 * once no restored upstream needs them. Before each run, open scans whose ticket another one admitted are ended. Readings C8, X4.
 */
export function releaseSender(options: {
  releases: ClaimReleases;
  releaser: Pick<ClaimReleaser, 'send'>;
  refuseSuperseded?: () => Promise<unknown>;
  upstream: () => Promise<Upstream | null>;
  isLineUp: () => boolean;
  /** How many days answered releases are kept. */
  resendDays: number;
  /** Epoch milliseconds. */
  now: () => number;
}): Recurring {
  const { releases, releaser, isLineUp, resendDays, now } = options;

  let after: RecordId | null = null;

  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    await options.refuseSuperseded?.();
    const came = await releaseWaiting(stopping);
    await releases.forget(wallClockAt(now() - resendDays * DAY_MS));
    return came;
  }

  /** The claims after the one tried last, or else the oldest ones. */
  async function nextWaiting(): Promise<readonly ClaimRelease[]> {
    const behind = await releases.oldest(PAGE_SIZE, after);
    return behind.length > 0 || after === null ? behind : releases.oldest(PAGE_SIZE);
  }

  /** Claims that are still queued when the agent stops are sent after its next start. */
  async function releaseWaiting(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    const waiting = await nextWaiting();
    let answers = 0;
    let failures = 0;
    for (const release of waiting) {
      const peer = await options.upstream();
      // A plain upstream holds no claims; an extended one may be set again.
      if (stopping.aborted || !isLineUp() || !peer?.extensions().has(CLAIM_TICKET_EXTENSION)) return 'done';
      const outcome = await releaser.send(peer, release);
      after = release.recordId;
      if (outcome.kind !== 'retry') answers += 1;
      // A failure of one cinema must not delay the others' claims.
      else if (outcome.detail !== 'cinema') failures += 1;
      if (failures >= MAX_FAILURES) return 'back-off';
    }
    if (waiting.length < PAGE_SIZE) after = null;
    return answers > 0 || waiting.length === 0 ? 'done' : 'back-off';
  }

  return { everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS, atOnce: true, run };
}

export type ClaimReleasing = {
  /** Releases a queued claim for a guest who waits at the gate. */
  readonly releaseNow: ClaimReleaser['now'];
  /** Releases answered releases since then again; returns how many. */
  readonly releaseAgain: ClaimReleases['queueAgain'];
  /** Announces that a claim was queued. */
  readonly wake: () => void;
};

/** Releases the claims of scans that ended without an admission, once the agent listens. Readings C8, X4. */
export function createClaimReleasing(
  service: Service,
  options: {
    store: Store<ClaimTables>;
    connection: TerminalConnection;
    /** Ends scans that a crash left open and whose ticket another scan admitted, and queues their claims. */
    refuseSuperseded: () => Promise<number>;
    settings: { readonly RESEND_DAYS: number };
  },
): ClaimReleasing {
  const { logger, now, metrics } = service;
  const { upstream, breaker } = options.connection;
  const releases = createClaimReleases(options.store, now);
  const releaser = createClaimReleaser({ releases, upstream, breaker, logger });
  measuredGauge(metrics, 'claim_releases_waiting', 'Claims waiting to be released', () => releases.count());
  service.check({ name: 'claims', run: async () => ({ ok: true, toRelease: await releases.count() }) });
  const sender = releaseSender({
    releases,
    releaser,
    refuseSuperseded: options.refuseSuperseded,
    upstream,
    isLineUp: breaker.isUp,
    resendDays: options.settings.RESEND_DAYS,
    now,
  });
  const job = service.job({ name: 'claim releases', runs: 'in one process', ...sender });
  const wake = () => void job.trigger();
  return {
    releaseNow: releaser.now,
    async releaseAgain(since) {
      const queued = await releases.queueAgain(since);
      if (queued > 0) wake();
      return queued;
    },
    wake,
  };
}
