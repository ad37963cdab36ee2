import type { RetryDetail, Upstream } from '@ticket-check/exchange';
import { CLAIM_TICKET_EXTENSION, type ClaimRelease, type RecordId, wallClockAt } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { ClaimReleases } from './claim-releases.ts';
import type { GiveBack } from './give-back.ts';

const EVERY_MS = 2000;
/** An upstream that does not keep up is asked less often; until it takes a claim back nobody else is admitted with the ticket. */
const LONGEST_MS = 30_000;
const PAGE_SIZE = 100;
/** So many failures end a run: each may have been waited for. Where nothing was answered before them, the others would fare no better. */
const MAX_FAILURES = 3;
/** Whatever fails like this is a matter of the line, the account or the upstream as a whole: the other claims would fare no better. */
const OF_ALL: ReadonlySet<RetryDetail> = new Set(['unsent', 'transport', 'account', 'clock', 'overload']);
const DAY_MS = 86_400_000;

/**
 * Gives back what is queued, each claim until the upstream has answered: until then nobody else can be admitted with the
 * ticket. Goes on behind one that failed, and begins again at the oldest when it is through, so that none at which the
 * upstream always fails stands before the others. Asks nothing while the line is down, and less and less often where nothing is taken
 * back; what is queued meanwhile waits with the others where all fare alike, and is sent at once where they do not. Forgets, a slice
 * at a time, what was answered so long ago that no restored upstream is told again. Beside the queue of records, and in no scan's way. Readings C8, X4.
 */
export function releaseSender(options: {
  releases: ClaimReleases;
  giveBack: Pick<GiveBack, 'send'>;
  upstream: () => Promise<Upstream | null>;
  isLineUp: () => boolean;
  /** How many days answered releases are kept. */
  resendDays: number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
  everyMs?: number;
}): RecurringJob {
  const { releases, giveBack, isLineUp, resendDays, now, logger, everyMs = EVERY_MS } = options;

  let after: RecordId | null = null;
  /** Whether all that wait fare alike, until one of them is answered: what is queued meanwhile is no reason to ask. */
  let isAllRefused = false;

  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    const came = await giveBackWaiting(stopping);
    isAllRefused = came === 'all-refused';
    await releases.forget(wallClockAt(now() - resendDays * DAY_MS));
    return came === 'done' ? 'done' : 'back-off';
  }

  /** Those behind the one that was tried last, or the oldest, where none is behind it. */
  async function nextWaiting(): Promise<readonly ClaimRelease[]> {
    const behind = await releases.oldest(PAGE_SIZE, after);
    return behind.length > 0 || after === null ? behind : releases.oldest(PAGE_SIZE);
  }

  /** What was not sent when the agent stops is sent by the next one. */
  async function giveBackWaiting(stopping: AbortSignal): Promise<'done' | 'back-off' | 'all-refused'> {
    const waiting = await nextWaiting();
    let answers = 0;
    let failures = 0;
    for (const release of waiting) {
      const peer = await options.upstream();
      // A plain upstream holds no claims; another one may be set again.
      if (stopping.aborted || !isLineUp() || !peer?.extensions().has(CLAIM_TICKET_EXTENSION)) return 'done';
      const outcome = await giveBack.send(peer, release);
      after = release.recordId;
      if (outcome.kind === 'retry' && OF_ALL.has(outcome.detail)) return 'all-refused';
      // Whatever is wrong with one cinema does not keep the others' claims waiting.
      if (outcome.kind !== 'retry') answers += 1;
      else if (outcome.detail !== 'cinema') failures += 1;
      if (failures >= MAX_FAILURES) return answers === 0 ? 'all-refused' : 'back-off';
    }
    if (waiting.length < PAGE_SIZE) after = null;
    if (waiting.length === 0 || answers > 0) return 'done';
    return isAllRefused && failures > 0 ? 'all-refused' : 'back-off';
  }

  const job = every({
    name: 'claim-releases',
    everyMs,
    jitterMs: everyMs / 2,
    longestMs: LONGEST_MS,
    run,
    logger,
    atOnce: true,
  });
  releases.onQueued(() => {
    if (!isAllRefused) void job.trigger();
  });
  return job;
}
