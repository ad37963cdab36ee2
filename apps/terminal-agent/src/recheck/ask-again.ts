import type { RecordId, Verdict, WallClock } from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import pMap from 'p-map';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import { infoIn, type UpstreamAnswer } from '../upstream/upstream-answer.ts';
import type { RecheckFinding, RecheckQueue } from './recheck-queue.ts';

/** Takes what the upstream says of an admission that it was not there to confirm. */
export type ApplyRecheck = (recordId: RecordId, answer: UpstreamAnswer) => Promise<void>;

const EVERY_MS = 2000;
/** Thousands of terminals ask after an outage: an upstream that does not keep up is asked less often, and still in time. */
const LONGEST_MS = 10_000;
const TIMEOUT_MS = 5000;
const AT_A_TIME = 4;
const MOST = 100;
const MAX_SILENCES = 8;

/**
 * Judges an admission by what is known now. The guest is in and the record stands; a refund or another entry that shows
 * only now is raised: in the log, in the list of scans and in the health. Reading C3.
 */
export function createApplyRecheck(options: {
  questions: RecheckQueue;
  policy: AdmissionPolicy;
  now: () => WallClock;
  /** Told each time what speaks against an admission. */
  onNews?: (verdict: Verdict) => void;
  logger: Logger;
}): ApplyRecheck {
  const { questions, policy, now, onNews, logger } = options;
  return async (recordId, answer) => {
    if (answer.kind === 'silent') return;
    const entry = infoIn(answer)?.entry;
    const isOwnClaim = entry?.recordId !== undefined && (await questions.admittedNobody(entry.recordId));
    const heard = isOwnClaim ? withoutEntry(answer) : answer;
    const judgement = judgeEntry(recordId, null, heard, policy);
    const { verdict } = judgement;
    const firstEntry = verdict === 'ALREADY_ENTERED' ? judgement.firstEntry : undefined;
    const news: RecheckFinding | null =
      verdict === 'ADMIT' ? null : { verdict, firstEntry: firstEntry?.checkTime ?? null };
    if (!(await questions.answered(recordId, news, now())) || news === null) return;
    logger.error(
      { recordId, lateVerdict: verdict, firstEntry },
      'a guest who was admitted offline should not have been',
    );
    onNews?.(news.verdict);
  };
}

/** Asks the upstream about the admissions that were made without it, once it answers and some times after. Reading C3. */
export function recheckJob(options: {
  questions: RecheckQueue;
  askUpstream: Pick<AskUpstream, 'stateInBackground'>;
  applyRecheck: ApplyRecheck;
  isLineUp: () => boolean;
  /** Whether an entry that the upstream knows of may be the very one that is asked about. */
  entryMayBeOwn: () => Promise<boolean>;
  now: () => WallClock;
  logger: Logger;
  everyMs?: number;
}): RecurringJob {
  const { questions, askUpstream, applyRecheck, now, logger, everyMs = EVERY_MS } = options;

  /** What was not asked when the agent stops is asked by the next one. */
  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    let after: RecordId | null = null;
    while (!stopping.aborted && options.isLineUp()) {
      const waiting = await questions.oldest(MOST, after, now());
      after = waiting.at(-1)?.recordId ?? null;
      if (after === null) return 'done';
      const entryMayBeOwn = await options.entryMayBeOwn();
      // One ticket that the upstream chokes on must not keep the others waiting.
      let silences = 0;
      const ask = async (question: (typeof waiting)[number]) => {
        if (silences > MAX_SILENCES || stopping.aborted) return;
        const answer = await askUpstream.stateInBackground(question, TIMEOUT_MS);
        if (answer.kind === 'silent') silences += 1;
        await applyRecheck(question.recordId, entryMayBeOwn ? withoutUnnamedEntry(answer) : answer);
      };
      await pMap(waiting, ask, { concurrency: AT_A_TIME });
      if (silences > MAX_SILENCES) return 'back-off';
    }
    return 'done';
  }

  return every({
    name: 'late-questions',
    everyMs,
    jitterMs: everyMs / 2,
    longestMs: LONGEST_MS,
    run,
    logger,
    atOnce: true,
  });
}

/** A plain upstream says that a ticket was used and not by whom: after the report that is our own entry. Reading X2. */
function withoutUnnamedEntry(answer: UpstreamAnswer): UpstreamAnswer {
  return infoIn(answer)?.entry === undefined ? withoutEntry(answer) : answer;
}

/** What is said of the ticket otherwise: whether it was refunded. */
function withoutEntry(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.kind === 'silent' || answer.ticket === null || answer.ticket === 'unknown-ticket') return answer;
  return { ...answer, ticket: { ...answer.ticket, checkStatus: 'unknown', entry: undefined } };
}
