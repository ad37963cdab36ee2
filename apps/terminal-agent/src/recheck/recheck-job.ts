import type { RecordId, WallClock } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import pMap from 'p-map';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import { infoIn, type UpstreamAnswer, withoutEntry } from '../upstream/upstream-answer.ts';
import type { ApplyRecheck } from './apply-recheck.ts';
import type { RecheckQueue } from './recheck-queue.ts';

const EVERY_MS = 2000;
/** Longest pause for an upstream that does not keep up, when thousands of terminals ask after an outage. */
const LONGEST_MS = 10_000;
const TIMEOUT_MS = 5000;
const AT_A_TIME = 4;
const PAGE_SIZE = 100;
const MAX_SILENCES = 8;

/** Asks the upstream about admissions that were made without it, once it answers and several times later. Reading C3. */
export function recheckJob(options: {
  queue: RecheckQueue;
  askUpstream: Pick<AskUpstream, 'stateInBackground'>;
  applyRecheck: ApplyRecheck;
  isLineUp: () => boolean;
  /** Whether an entry that the upstream reports may be that of the admission itself. */
  entryMayBeOwn: () => Promise<boolean>;
  now: () => WallClock;
  logger: Logger;
  everyMs?: number;
}): RecurringJob {
  const { queue, askUpstream, applyRecheck, now, logger, everyMs = EVERY_MS } = options;

  /** Questions left when the agent stops are asked after its next start. */
  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    let after: RecordId | null = null;
    while (!stopping.aborted && options.isLineUp()) {
      const waiting = await queue.oldest(PAGE_SIZE, after, now());
      after = waiting.at(-1)?.recordId ?? null;
      if (after === null) return 'done';
      const entryMayBeOwn = await options.entryMayBeOwn();
      // A ticket on which the upstream always fails must not block the others.
      let silences = 0;
      const ask = async (recheck: (typeof waiting)[number]) => {
        if (silences > MAX_SILENCES || stopping.aborted) return;
        const answer = await askUpstream.stateInBackground(recheck, TIMEOUT_MS);
        if (answer.kind === 'silent') silences += 1;
        await applyRecheck(recheck.recordId, entryMayBeOwn ? withoutUnnamedEntry(answer) : answer);
      };
      await pMap(waiting, ask, { concurrency: AT_A_TIME });
      if (silences > MAX_SILENCES) return 'back-off';
    }
    return 'done';
  }

  return every({
    name: 'recheck',
    everyMs,
    jitterMs: everyMs / 2,
    longestMs: LONGEST_MS,
    run,
    logger,
    atOnce: true,
  });
}

/** Drops the entry of a plain upstream, which does not say whose it is: after the report it is our own. Reading X2. */
function withoutUnnamedEntry(answer: UpstreamAnswer): UpstreamAnswer {
  return infoIn(answer)?.entry === undefined ? withoutEntry(answer) : answer;
}
