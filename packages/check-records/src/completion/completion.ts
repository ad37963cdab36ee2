import { type CheckRecord, type CinemaCode, type RecordId, wallClockAt } from '@ticket-check/protocol';
import pMap from 'p-map';
import type { Logger } from 'pino';
import type { PageAfter } from '../store/list-records.ts';
import type { RecordStore } from '../store/record-store.ts';
import { filledFrom, type ReceivedRecord } from '../tables/received-record.ts';

/** Asks what is known of a record's ticket beyond its code; null if nothing is. May throw if nobody answers. */
export type Complete = (record: CheckRecord) => Promise<Partial<CheckRecord> | null>;

export type CompletionOptions = {
  recordStore: RecordStore;
  complete: Complete;
  now: () => number;
  logger: Pick<Logger, 'warn' | 'error'>;
  windowMs: number;
  /** Whether to complete also what has gone upstream, received within a day. */
  delivered: boolean;
};

export type Completion = ReturnType<typeof createCompletion>;

type Attempts = { readonly cinemaCode: CinemaCode; readonly since: number; next: number };

const CONCURRENCY = 8;
const PAGE = 500;
const RETRY_MS = 5_000;
/** After its window a record is tried this often, and what came in within a day is looked through. */
const LATE_RETRY_MS = 600_000;
const DAY_MS = 86_400_000;

/** Completes records made from the code only, beside the queue, oldest first. Scheme 6.6.2.2, 7.6.2.2; reading R5. */
export function createCompletion(options: CompletionOptions) {
  const { recordStore, complete, now, logger, windowMs, delivered } = options;
  const attempts = new Map<RecordId, Attempts>();
  let pass: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let stopped = false;
  /** Logged once, however many records wait. */
  let isFailing = false;
  /** When what came in within a day is looked through next; by `performance.now()`. */
  let wholeDayAt = 0;

  /** Answers whether anybody answered. */
  async function attempt(record: ReceivedRecord): Promise<boolean> {
    const before = attempts.get(record.recordId);
    const startedAt = performance.now();
    const since = before?.since ?? startedAt;
    const delay = startedAt - since < windowMs ? RETRY_MS : LATE_RETRY_MS;
    attempts.set(record.recordId, { cinemaCode: record.cinemaCode, since, next: startedAt + delay });
    let known: Partial<CheckRecord> | null;
    try {
      known = await complete(record);
    } catch (err) {
      if (!isFailing) logger.warn({ err, recordId: record.recordId }, 'failed to complete check records');
      isFailing = true;
      return false;
    }
    isFailing = false;
    const filled = known === null ? null : filledFrom(record, known);
    if (filled !== null) await recordStore.keep([filled], { forward: true });
    return true;
  }

  /** Tries what is due of a list, page by page; answers whether anybody answered. */
  async function attemptList(list: (page: PageAfter) => Promise<ReceivedRecord[]>, seen: Set<RecordId>) {
    let after: ReceivedRecord | null = null;
    for (;;) {
      const records = await list({ after, most: PAGE });
      const due = records.filter(({ recordId }) => (attempts.get(recordId)?.next ?? 0) <= performance.now());
      for (const { recordId } of records) seen.add(recordId);
      let answered = true;
      const attemptOne = async (record: ReceivedRecord) => {
        // If nobody answers, the rest waits for the next pass.
        if (!stopped && answered && !(await attempt(record))) answered = false;
      };
      await pMap(due, attemptOne, { concurrency: CONCURRENCY });
      if (!answered || stopped) return false;
      if (records.length < PAGE) return true;
      after = records.at(-1) ?? null;
    }
  }

  async function passThrough(): Promise<void> {
    const seen = new Set<RecordId>();
    const wholeDay = performance.now() >= wholeDayAt;
    const since = wallClockAt(now() - (wholeDay ? DAY_MS : windowMs + RETRY_MS));
    const answered =
      (await attemptList((page) => recordStore.incompleteWaiting(page), seen)) &&
      (!delivered || (await attemptList((page) => recordStore.incompleteSince(since, page), seen)));
    if (!answered) wholeDayAt = 0;
    else if (wholeDay) wholeDayAt = performance.now() + LATE_RETRY_MS;
    if (answered) for (const recordId of attempts.keys()) if (!seen.has(recordId)) attempts.delete(recordId);
  }

  return {
    /** Tries every incomplete record whose time has come; what is asked for while a pass is under way makes one more. */
    look(): Promise<void> {
      next ??= pass.then(() => {
        next = null;
        if (!stopped)
          pass = passThrough().catch((err: unknown) => logger.error({ err }, 'failed to complete check records'));
        return pass;
      });
      return next;
    },
    isWaiting: (): boolean => attempts.size > 0,
    isGivenUp(recordId: RecordId): boolean {
      const since = attempts.get(recordId)?.since;
      return since !== undefined && performance.now() - since >= windowMs;
    },
    /** Restarts the time limit of a cinema's records: none could be completed while the upstream was out of reach. */
    restart(cinemaCode: CinemaCode): void {
      for (const [recordId, attempt] of attempts) if (attempt.cinemaCode === cinemaCode) attempts.delete(recordId);
    },
    async stop(): Promise<void> {
      stopped = true;
      await pass;
    },
  };
}
