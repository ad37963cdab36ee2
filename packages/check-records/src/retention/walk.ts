import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { RetentionTerms } from './cutoff.ts';
import { type Counts, countPurged } from './purged-counts.ts';

/** What became of the rows of one slice, or would. */
export type Slice = {
  /** Rows that go, by kind. */
  readonly gone: Counts;
  /** Rows that stay although they are old enough, by reason. */
  readonly stayed: Counts;
  /** The oldest that goes, by its own time; null if none does or if unknown. */
  readonly oldest: WallClock | null;
};

/**
 * Goes through what is old enough, slice by slice, the oldest first, and never back. Where it deletes, each slice is a
 * transaction, in which what went is counted; otherwise it only looks.
 */
export type Walk = (terms: RetentionTerms, mode: WalkMode) => AsyncGenerator<Slice>;

export type WalkMode =
  | { readonly deletes: true }
  | {
      readonly deletes: false;
      /** The tickets (`ticketText`) whose records stay, added by the walk of records for those that come after it. */
      readonly staying: Set<string>;
    };

/** SQLite deletes this number of rows, on pages of as many cinemas, in some 20 ms: the longest that others wait for the database. */
export const ROWS_A_SLICE = 50;

/** Runs the work on one slice, in a transaction of its own if it deletes. */
export function inSlice<T extends Slice>(
  store: Store<CheckRecordTables>,
  deletes: boolean,
  work: (db: Kysely<CheckRecordTables>) => Promise<T>,
): Promise<T> {
  if (!deletes) return work(store.db);
  return store.transaction(async (trx) => {
    const slice = await work(trx);
    await countPurged(trx, slice.gone);
    return slice;
  });
}
