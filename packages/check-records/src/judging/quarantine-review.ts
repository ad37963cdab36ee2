import { randomInt } from 'node:crypto';
import { type CinemaCode, type CinemaKey, decryptionOrder, wallClockAt } from '@ticket-check/protocol';
import type { Logger, Recurring } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { EntryBound } from '../entries/bounds.ts';
import type { RecordStore } from '../store/record-store.ts';
import { keyIn, keyOf, keyText, type RecordKey } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import type { CheckRecordTables, QuarantineReviewRow } from '../tables/tables.ts';
import type { JudgingPool } from './judging-pool.ts';

/** A cinema whose quarantined records are to be reviewed, and from where on. */
export type RequestedReview = {
  readonly cinemaCode: CinemaCode;
  readonly revision: number;
  readonly after: RecordKey | null;
};

/**
 * Requests that the quarantined records of cinemas are judged again from the first one on. Durable with the transaction, which
 * is the one that keeps their new keys or that follows the quarantine.
 */
export async function requestReviews(db: Kysely<CheckRecordTables>, cinemaCodes: Iterable<CinemaCode>): Promise<void> {
  // In one order, so that two processes do not wait for each other in a circle.
  const rows = [...new Set(cinemaCodes)].sort().map((cinemaCode) => {
    return { cinemaCode, revision: randomInt(HIGHEST_FIRST_REVISION), ...FROM_THE_START };
  });
  if (rows.length === 0) return;
  await db
    .insertInto('quarantineReview')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('cinemaCode')
        .doUpdateSet((eb) => ({ ...FROM_THE_START, revision: eb('quarantineReview.revision', '+', 1) })),
    )
    .execute();
}

/**
 * Revisions begin anywhere, because a finished review leaves no row: a process that was slow with one must not take the
 * row of a later one for its own and end it.
 */
const HIGHEST_FIRST_REVISION = 2 ** 47;

const FROM_THE_START = { reviewedTo: null } as const satisfies Partial<QuarantineReviewRow>;

/** The reviews that were asked for, one cinema a row. */
export function createReviewRequests({ db }: Pick<Store<CheckRecordTables>, 'db'>) {
  const mine = ({ cinemaCode, revision }: RequestedReview) =>
    sql<boolean>`cinema_code = ${cinemaCode} and revision = ${revision}`;

  return {
    async list(): Promise<RequestedReview[]> {
      const rows = await db.selectFrom('quarantineReview').selectAll().orderBy('cinemaCode').execute();
      return rows.map(({ cinemaCode, revision, reviewedTo }) => ({
        cinemaCode: cinemaCode as CinemaCode,
        revision,
        after: reviewedTo === null ? null : keyIn(reviewedTo),
      }));
    },

    /** Notes the progress of a review; false if it was requested again and has to restart. */
    async progress(review: RequestedReview, reviewedTo: RecordKey): Promise<boolean> {
      const result = await db
        .updateTable('quarantineReview')
        .set({ reviewedTo: keyText(reviewedTo) })
        .where(mine(review))
        .executeTakeFirst();
      return Number(result.numUpdatedRows) > 0;
    },

    /** Ends a review, unless it was requested again. */
    async finish(review: RequestedReview): Promise<void> {
      await db.deleteFrom('quarantineReview').where(mine(review)).execute();
    },
  };
}

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

const EVERY_MS = 1000;
const A_PAGE = 64;
/** No username: a review takes turns with the accounts that report. */
const SENDER = 'quarantine review';

/**
 * Judges the quarantined records of a cinema again when it has got a key (`requestReviews`): those that a key now fits count
 * from then on and go upstream. In pages and by the pool, so that nobody waits for it; resumed where a process died.
 * Runs in one process; what others and commands request is found within a second. A cinema that fails keeps no other waiting. Reading R6.
 */
export function quarantineReview(options: QuarantineReviewOptions): Recurring {
  const { store, recordStore, keysEver, pool, entryBound, forward, now, logger } = options;
  const requests = createReviewRequests(store);

  async function run(stopping: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    for (const review of await requests.list()) {
      if (stopping.aborted) return;
      try {
        const released = await reviewOne(review, stopping);
        if (released > 0)
          logger.info({ cinemaCode: review.cinemaCode, released }, 'released quarantined check records');
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async function reviewOne(review: RequestedReview, stopping: AbortSignal): Promise<number> {
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

  return { everyMs: EVERY_MS, run, atOnce: true };
}

function asCounting(record: ReceivedRecord): ReceivedRecord {
  return { ...record, quarantine: null };
}
