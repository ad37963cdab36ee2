import type { Outcome, Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type RecordId,
  type ReportReply,
  readReportReply,
  reversalsQueryJson,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Logger, Recurring } from '@ticket-check/runtime';
import type { Reversals, WaitingReversal } from './reversals.ts';

const EVERY_MS = 10_000;
const LONGEST_MS = 60_000;
const PAGE_SIZE = 100;
const TIMEOUT_MS = 10_000;

/** Sends compensating records to an upstream that announces them; a plain one goes on counting the entry. Readings R9, X1. */
export function createReversalSender(options: {
  reversals: Reversals;
  upstream(): Promise<Upstream | null>;
  now: () => number;
  logger: Logger;
}) {
  const { reversals, upstream, now, logger } = options;

  const call = (peer: Upstream, cinemaCode: CinemaCode, batch: readonly WaitingReversal[], timeoutMs: number) => {
    const sent = batch.map(({ reversal }) => reversal);
    const asked = { read: readReportReply, timeoutMs, priority: 'report', idempotent: true } as const;
    return peer.call(APIS.reportOriginalCheckTickets, reversalsQueryJson(cinemaCode, sent), asked);
  };

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
    job: { everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS, run, atOnce: true } satisfies Recurring,
    /** Sends what undoes a record at once. `not-undone`: nothing undoes it, or upstream refused it or knows no such records. */
    async sendNow(
      reverses: RecordId,
      ask: (call: (timeoutMs: number) => Promise<Outcome<ReportReply>>) => Promise<Outcome<ReportReply>>,
    ): Promise<'sent' | 'unanswered' | 'not-undone'> {
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
  return peer?.extensions().has('reverses') === true;
}
