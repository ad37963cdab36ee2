import { type CinemaCode, type CinemaKey, decryptionOrder, wallClockAt } from '@ticket-check/protocol';
import { every, type Logger } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { EntryBound } from '../entries/entry-bound.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { keyOf } from '../tables/record-key.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { JudgingPool } from './judging-pool.ts';
import { createReviewRequests, type TakenReview } from './review-requests.ts';

export type QuarantineReviewOptions = {
  store: Store<CheckRecordTables>;
  recordStore: Pick<RecordStore, 'quarantined' | 'release' | 'relabel'>;
  /** Every key that a cinema ever had, as the database has them now. */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
  pool: JudgingPool;
  /** How many entries of one ticket count through one account. Reading R7. */
  entryBound: EntryBound;
  /** Whether released records are forwarded to an upstream. */
  forward: boolean;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
};

export type QuarantineReview = {
  /** Looks for requested reviews now; those of other processes and commands are found within a second. */
  wake(): void;
  /** Resolves when the page under way is done; the rest is resumed by the next process. */
  stop(): Promise<void>;
};

const EVERY_MS = 1000;
const A_PAGE = 64;
/** No username: a review takes turns with the accounts that report. */
const SENDER = 'quarantine review';

/**
 * Judges the quarantined records of a cinema again when it has got a key (`requestReviews`): those that a key now fits count
 * from then on and go upstream. In pages and by the pool, so that nobody waits for it; resumed where a process died.
 * Runs in every process; a cinema is reviewed by one at a time, which holds a lease on it. Reading R6.
 */
export function createQuarantineReview(options: QuarantineReviewOptions): QuarantineReview {
  const { store, recordStore, keysEver, pool, entryBound, forward, now, logger } = options;
  const requests = createReviewRequests(store, now);

  async function run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const review = await requests.take();
      if (review === null) return;
      const released = await reviewOne(review, stopping);
      if (released > 0) logger.info({ cinemaCode: review.cinemaCode, released }, 'released quarantined check records');
    }
  }

  async function reviewOne(review: TakenReview, stopping: AbortSignal): Promise<number> {
    const { cinemaCode } = review;
    const keys = decryptionOrder(await keysEver(cinemaCode), wallClockAt(now()));
    let { after } = review;
    let released = 0;
    while (!stopping.aborted) {
      const page = { cinemaCode, code: 'CODE_NOT_GENUINE', most: A_PAGE } as const;
      const records = await recordStore.quarantined(after === null ? page : { ...page, after });
      const judgements = await pool.judge(SENDER, records, keys);
      const genuine = records.filter((_, index) => judgements[index]?.quarantine === null);
      released += await entryBound.within(genuine.map(asCounting), release);
      const last = records.at(-1);
      if (last !== undefined) after = keyOf(last);
      if (records.length < A_PAGE || after === null) {
        await requests.finish(review);
        return released;
      }
      if (!(await requests.progress(review, after))) return released;
    }
    return released;
  }

  /** The others remain, and are not looked at again. */
  async function release(bounded: readonly ReceivedRecord[]): Promise<number> {
    const surplus = bounded.filter(({ quarantine }) => quarantine !== null);
    await recordStore.relabel(surplus, 'TOO_MANY_ENTRIES');
    return recordStore.release(
      bounded.filter(({ quarantine }) => quarantine === null),
      { forward },
    );
  }

  const job = every({ name: 'quarantine review', everyMs: EVERY_MS, run, logger, atOnce: true });
  return { wake: () => void job.trigger(), stop: job.stop };
}

function asCounting(record: ReceivedRecord): ReceivedRecord {
  return { ...record, quarantine: null };
}
