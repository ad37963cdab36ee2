import type { RetryDetail, Upstream } from '@ticket-check/exchange';
import { CLAIM_TICKET_EXTENSION, type RecordId, wallClockAt } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { ClaimReleases } from './claim-releases.ts';
import type { GiveBack } from './give-back.ts';

const EVERY_MS = 2000;
const PAGE_SIZE = 100;
/** So many failures end a run: each may have been waited for. */
const MAX_FAILURES = 3;
/** Whatever fails like this is a matter of the line or the account: the other claims would fare no better. */
const OF_THE_LINE: ReadonlySet<RetryDetail> = new Set(['unsent', 'transport', 'account', 'clock']);
const DAY_MS = 86_400_000;

/**
 * Gives back what is queued, each claim until the upstream has answered: until then nobody else can be admitted with the
 * ticket. Goes on behind one that failed, and begins again at the oldest when it is through, so that none at which the
 * upstream always fails stands before the others. Forgets, a slice at a time, what was answered so long ago that no restored
 * upstream is told again. Beside the queue of records, and in no scan's way. Readings C8, X4.
 */
export function releaseSender(options: {
  releases: ClaimReleases;
  giveBack: Pick<GiveBack, 'send'>;
  upstream: () => Promise<Upstream | null>;
  /** How many days answered releases are kept. */
  resendDays: number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
  everyMs?: number;
}): RecurringJob {
  const { releases, giveBack, resendDays, now, logger, everyMs = EVERY_MS } = options;

  let after: RecordId | null = null;

  async function run(stopping: AbortSignal): Promise<void> {
    await giveBackWaiting(stopping);
    await releases.forget(wallClockAt(now() - resendDays * DAY_MS));
  }

  /** What was not sent when the agent stops is sent by the next one. */
  async function giveBackWaiting(stopping: AbortSignal): Promise<void> {
    const waiting = await releases.oldest(PAGE_SIZE, after);
    let failures = 0;
    for (const release of waiting) {
      const peer = await options.upstream();
      // A plain upstream holds no claims; another one may be set again.
      if (stopping.aborted || !peer?.extensions().has(CLAIM_TICKET_EXTENSION)) return;
      const outcome = await giveBack.send(peer, release);
      after = release.recordId;
      // Whatever is wrong with one cinema does not keep the others' claims waiting.
      if (outcome.kind !== 'retry' || outcome.detail === 'cinema') continue;
      failures += 1;
      if (OF_THE_LINE.has(outcome.detail) || failures >= MAX_FAILURES) return;
    }
    if (waiting.length < PAGE_SIZE) after = null;
  }

  const job = every({ name: 'claim-releases', everyMs, jitterMs: everyMs / 2, run, logger, atOnce: true });
  releases.onQueued(() => void job.trigger());
  return job;
}
