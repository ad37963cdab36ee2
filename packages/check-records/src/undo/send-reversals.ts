import type { Outcome, Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  REVERSES_EXTENSION,
  type RecordId,
  type ReportReply,
  readReportReply,
  reversalsQueryJson,
  wallClockAt,
} from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { Reversals, WaitingReversal } from './reversals.ts';

const EVERY_MS = 2000;
const LONGEST_MS = 60_000;
const PAGE_SIZE = 100;
const TIMEOUT_MS = 10_000;

export type ReversalSender = {
  /** The job that sends them. */
  start(): RecurringJob;
  /** Says that something is to be sent. */
  wake(): void;
  /**
   * Sends what undoes a record, for a guest who stands at the gate because of it. `sent`: upstream has it, now or already.
   * `not-undone`: nothing undoes it, upstream refused that, or does not know compensating records. `ask` waits within a budget.
   */
  sendNow(
    reverses: RecordId,
    ask: (call: (timeoutMs: number) => Promise<Outcome<ReportReply>>) => Promise<Outcome<ReportReply>>,
  ): Promise<'sent' | 'unanswered' | 'not-undone'>;
};

/**
 * Sends compensating records to an upstream that announces them, each until it is there or was refused by itself. A plain one
 * is never shown any: there the entry stands. Beside the queue of records and in no scan's way; it does not matter which of a
 * record and its compensating record arrives first. Readings R9, X1.
 */
export function createReversalSender(options: {
  reversals: Reversals;
  upstream(): Promise<Upstream | null>;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}): ReversalSender {
  const { reversals, upstream, now, logger } = options;
  let job: RecurringJob | null = null;

  const call = (peer: Upstream, cinemaCode: CinemaCode, batch: readonly WaitingReversal[], timeoutMs: number) =>
    peer.call(
      APIS.reportOriginalCheckTickets,
      reversalsQueryJson(
        cinemaCode,
        batch.map(({ reversal }) => reversal),
      ),
      { read: readReportReply, timeoutMs, priority: 'report', idempotent: true },
    );

  /** Answers whether nothing of the batch waits any more. */
  async function note(batch: readonly WaitingReversal[], outcome: Outcome<ReportReply>): Promise<boolean> {
    if (outcome.kind === 'delivered' && outcome.reply.result) {
      await reversals.noteOutcome(batch, { at: wallClockAt(now()) });
      return true;
    }
    if (outcome.kind === 'delivered') {
      for (const { index, errorCode } of outcome.reply.rejected) {
        const refused = batch[index];
        if (refused === undefined) continue;
        const { recordId, reverses } = refused.reversal;
        logger.error({ code: errorCode, recordId, reverses }, 'upstream refused to undo an entry');
        await reversals.noteOutcome([refused], { errorCode });
      }
      return false;
    }
    const { code, message } = outcome;
    logger.warn({ code, reason: message, waiting: batch.length }, 'failed to send undone entries; will retry');
    return false;
  }

  async function run(stopping: AbortSignal): Promise<unknown> {
    for (let after = ''; ; ) {
      const page = await reversals.waiting(PAGE_SIZE, after);
      const last = page.at(-1);
      if (last === undefined) return;
      const ofCinemas = Map.groupBy(page, ({ reversal }) => reversal.cinemaCode);
      for (const [cinemaCode, batch] of ofCinemas) {
        const peer = await upstream();
        if (stopping.aborted || !isSpoken(peer)) return;
        const outcome = await call(peer, cinemaCode, batch, TIMEOUT_MS);
        if (await note(batch, outcome)) continue;
        // What was named is out of the way: the others go with the next run.
        if (outcome.kind !== 'delivered' || outcome.reply.rejected.length === 0) return 'back-off';
      }
      after = last.reversal.recordId;
      if (page.length < PAGE_SIZE) return;
    }
  }

  return {
    start() {
      job = every({
        name: 'undone-entries',
        everyMs: EVERY_MS,
        jitterMs: EVERY_MS / 2,
        longestMs: LONGEST_MS,
        run,
        logger,
        atOnce: true,
      });
      return job;
    },
    wake: () => void job?.trigger(),
    async sendNow(reverses, ask) {
      const waiting = await reversals.waitingFor(reverses);
      if (waiting === null) {
        const undone = await reversals.of(reverses);
        return undone.some(({ deliveredAt }) => deliveredAt !== null) ? 'sent' : 'not-undone';
      }
      const peer = await upstream();
      if (!isSpoken(peer)) return 'not-undone';
      const outcome = await ask((timeoutMs) => call(peer, waiting.reversal.cinemaCode, [waiting], timeoutMs));
      if (await note([waiting], outcome)) return 'sent';
      return outcome.kind === 'delivered' ? 'not-undone' : 'unanswered';
    },
  };
}

function isSpoken(peer: Upstream | null): peer is Upstream {
  return peer?.extensions().has(REVERSES_EXTENSION) === true;
}
