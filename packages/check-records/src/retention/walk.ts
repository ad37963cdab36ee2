import type { WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { RetentionTerms } from './cutoff.ts';

/** How many of each kind; kinds without any may be missing. */
export type Counts = Readonly<Record<string, number>>;

/** What became of the rows of one slice, or would. */
export type Slice = {
  /** Rows that go, by kind. */
  readonly gone: Counts;
  /** Rows that stay although they are old enough, by reason. */
  readonly stayed: Counts;
  /** The oldest that goes, by its own time; null if none does or if unknown. */
  readonly oldest: WallClock | null;
};

/** `deletes`: otherwise it only looks. */
export type WalkMode = { readonly deletes: boolean };

/** Goes through what is old enough, slice by slice and never back. */
export type Walk = (terms: RetentionTerms, mode: WalkMode) => AsyncGenerator<Slice>;

/** SQLite deletes this number of rows, on pages of as many cinemas, in some 20 ms: the longest that others wait for the database. */
export const ROWS_A_SLICE = 50;

/**
 * The walk that everything old takes: `work` does a slice, the first one and then each after the last row of the one before. Where
 * it deletes, each slice is a transaction.
 */
export function inSlices<Row>(
  store: Store<CheckRecordTables>,
  work: (
    db: Kysely<CheckRecordTables>,
    slice: { readonly after: Row | undefined; readonly terms: RetentionTerms } & WalkMode,
  ) => Promise<Slice & { readonly last?: Row | undefined }>,
): Walk {
  return async function* (terms, { deletes }) {
    let after: Row | undefined;
    do {
      const slice = (db: Kysely<CheckRecordTables>) => work(db, { after, terms, deletes });
      const { last, ...done } = deletes ? await store.transaction(slice) : await slice(store.db);
      yield done;
      after = last;
    } while (after !== undefined);
  };
}

/** Purges the few rows of a table that are old, all at once. */
export function walkRows(
  store: Store<CheckRecordTables>,
  { table, kind, isOld }: { table: string; kind: string; isOld(terms: RetentionTerms): RawBuilder<boolean> },
): Walk {
  return inSlices(store, async (db, { terms, deletes }) => ({
    gone: { [kind]: await takeRows(db, table, isOld(terms), { deletes }) },
    stayed: {},
    oldest: null,
  }));
}

/** Deletes rows, or counts them; answers how many. */
export async function takeRows(
  db: Kysely<CheckRecordTables>,
  table: string,
  which: RawBuilder<boolean>,
  { deletes }: WalkMode,
): Promise<number> {
  if (deletes) {
    const { numAffectedRows } = await sql`delete from ${sql.table(table)} where ${which}`.execute(db);
    return Number(numAffectedRows ?? 0);
  }
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(table)} where ${which}
  `.execute(db);
  return rows[0]?.count ?? 0;
}
