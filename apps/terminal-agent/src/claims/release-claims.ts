import { askWithin, type CallPriority, type Outcome, type Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type ClaimIdentity,
  type ClaimRelease,
  type RecordId,
  type ReleaseOutcome,
  readReleaseClaimReply,
  releaseClaimQueryJson,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { measuredGauge, type Service } from '@ticket-check/runtime';
import { sql } from 'kysely';
import type { Core } from '../core.ts';
import type { Db, TerminalTables } from '../tables.ts';

/** Queues a release as part of the transaction that ends a scan without an admission. */
export function queueingRelease(db: Db, release: ClaimRelease, queuedAt: WallClock) {
  const { recordId, startTime, cinemaCode, filmTicketCode, uncertain = false } = release;
  const ticket = { recordId, startTime, cinemaCode, filmTicketCode };
  return db
    .insertInto('claimRelease')
    .values({ ...ticket, queuedAt, uncertain: uncertain ? 1 : 0, answeredAt: null })
    .onConflict((conflict) => conflict.doNothing());
}

const TIMEOUT_MS = 5000;
const EVERY_MS = 2000;
/** Longest pause towards an upstream that does not keep up: nobody is admitted with a ticket until its claim is released. */
const LONGEST_MS = 30_000;
const PAGE_SIZE = 100;
/** Failures that end a run: each may have cost a wait. */
const MAX_FAILURES = 3;
const DAY_MS = 86_400_000;

export type ClaimReleasing = ReturnType<typeof createClaimReleasing>;

/**
 * Releases the claims of scans that ended without an admission, once the agent listens. Open scans whose ticket another one
 * admitted are ended before each run. Answered releases are kept for the days for which the upstream may be restored from a backup, and
 * released again then. Readings C8, X4.
 */
export function createClaimReleasing(
  service: Service,
  options: Core & {
    /** Ends scans that a crash left open and whose ticket another scan admitted, and queues their claims. */
    refuseSuperseded: () => Promise<number>;
    settings: { readonly RESEND_DAYS: number };
  },
) {
  const { logger, now, metrics } = service;
  const { upstream, breaker } = options.connection;
  const { db } = options.store;
  const waiting = db.selectFrom('claimRelease').where('answeredAt', 'is', null);
  const releases = waiting.select(['recordId', 'startTime', 'cinemaCode', 'filmTicketCode', 'uncertain']);

  async function count(): Promise<number> {
    const { count } = await waiting.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
    return count;
  }

  /** An answer of the upstream takes a release off the queue. */
  async function note({ recordId }: ClaimRelease, outcome: Outcome<ReleaseOutcome>): Promise<void> {
    if (outcome.kind === 'retry') {
      const { code, message } = outcome;
      logger.warn({ code, reason: message, recordId }, 'failed to release a claim; will retry');
      return;
    }
    if (outcome.kind === 'rejected') {
      const { code, message } = outcome;
      logger.error({ code, reason: message, recordId }, 'upstream refused to release a claim');
    } else if (outcome.reply !== 'released') {
      // `entered`: it has a record of it. `not-holder`: only a supervisor of the platform can release it.
      logger.error({ recordId, outcome: outcome.reply }, 'upstream keeps the claim of an unadmitted scan');
    }
    const answer = db.updateTable('claimRelease').set({ answeredAt: wallClockAt(now()) });
    await answer.where('recordId', '=', recordId).where('answeredAt', 'is', null).execute();
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

  /**
   * Releases claims until the upstream has answered each: until then nobody else can be admitted with the ticket. Some at random, so
   * that claims at which the upstream always fails do not block the others. Backs off while nothing is released. Claims still queued
   * when the agent stops are sent after its next start.
   */
  async function releaseWaiting(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    const page = await releases.orderBy(sql`random()`).limit(PAGE_SIZE).execute();
    let answers = 0;
    let failures = 0;
    for (const release of page.map(releaseOf)) {
      const peer = stopping.aborted ? null : await holder();
      if (peer === null) return 'done';
      const outcome = await ask(peer, release, { timeoutMs: TIMEOUT_MS, priority: 'background' });
      await note(release, outcome);
      if (outcome.kind !== 'retry') answers += 1;
      // A failure of one cinema must not delay the others' claims.
      else if (outcome.detail !== 'cinema') failures += 1;
      if (failures >= MAX_FAILURES) return 'back-off';
    }
    return answers > 0 || page.length === 0 ? 'done' : 'back-off';
  }

  measuredGauge(metrics, 'claim_releases_waiting', 'Claims waiting to be released', count);
  service.check({ name: 'claims', run: async () => ({ ok: true, toRelease: await count() }) });
  const job = service.job({
    ...{ name: 'claim releases', runs: 'in one process', atOnce: true },
    ...{ everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS },
    async run(stopping) {
      await options.refuseSuperseded();
      const came = await releaseWaiting(stopping);
      const forgotten = wallClockAt(now() - options.settings.RESEND_DAYS * DAY_MS);
      await db.deleteFrom('claimRelease').where('answeredAt', '<', forgotten).execute();
      return came;
    },
  });
  const wake = () => void job.trigger();

  return {
    /**
     * Releases a claim at once, within `budgetMs`, for a guest who waits at the gate. `not-queued`: the claim does not belong to a
     * scan of this store that admitted nobody, so it stays.
     */
    async releaseNow(recordId: RecordId, budgetMs: number): Promise<'released' | 'unanswered' | 'not-queued'> {
      const row = await releases.where('recordId', '=', recordId).executeTakeFirst();
      if (row === undefined) return 'not-queued';
      const release = releaseOf(row);
      const peer = budgetMs > 0 ? await holder() : null;
      if (peer === null) return 'unanswered';
      const askNow = (timeoutMs: number) => ask(peer, release, { timeoutMs, priority: 'claim' });
      const outcome = await askWithin(budgetMs, askNow, breaker);
      await note(release, outcome);
      if (outcome.kind !== 'delivered') return 'unanswered';
      return outcome.reply === 'released' ? 'released' : 'not-queued';
    },
    /** Queues the releases answered since then again; returns how many. */
    async releaseAgain(since: WallClock): Promise<number> {
      const { numUpdatedRows } = await db
        .updateTable('claimRelease')
        .set({ answeredAt: null, queuedAt: wallClockAt(now()) })
        .where('answeredAt', '>=', since)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) wake();
      return Number(numUpdatedRows);
    },
    wake,
  };
}

type ReleaseRow = Omit<TerminalTables['claimRelease'], 'queuedAt' | 'answeredAt'>;

function releaseOf({ uncertain, ...claim }: ReleaseRow): ClaimRelease {
  return { ...(claim as ClaimIdentity), uncertain: uncertain === 1 };
}
