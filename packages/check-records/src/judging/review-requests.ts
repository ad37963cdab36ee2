import { randomInt } from 'node:crypto';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { keyIn, keyText, type RecordKey } from '../tables/record-key.ts';
import type { CheckRecordTables, QuarantineReviewRow } from '../tables/tables.ts';

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
