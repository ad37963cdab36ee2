import type { ToldTime } from '@ticket-check/exchange';
import type { WallClock } from '@ticket-check/protocol';
import { runSlice, type Store } from '@ticket-check/storage';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type RetentionTerms, retentionTerms } from './cutoff.ts';
import { type Counts, loadPurged, sumOf } from './purged-counts.ts';
import type { Slice, Walk, WalkMode } from './walk.ts';
import { walkDeliveries } from './walk-deliveries.ts';
import { type BesideRecords, walkRecords } from './walk-records.ts';
import { walkReversals } from './walk-reversals.ts';

/** What a store keeps and for how long. */
export type RetentionRules = {
  /** How many months everything is kept at least. */
  readonly months: number;
  /** How many days back records are sent again to a restored upstream; null if they go no further. */
  readonly resendDays: number | null;
  /** What goes with the records. */
  readonly beside?: BesideRecords;
  /** What else grows old; gone through after the records. */
  readonly others?: readonly Walk[];
};

/** What a purge has deleted, or would. */
export type Purge = {
  readonly gone: Counts;
  readonly stayed: Counts;
  /** CheckTime of the oldest record that goes; null if none does. */
  readonly oldest: WallClock | null;
  /** It was stopped before its end: the next one continues. */
  readonly stopped: boolean;
};

export type Retention = {
  /** What is old enough at a time. */
  terms(now: number, confirmed: Pick<ToldTime, 'at'>): RetentionTerms;
  /** Whether anything may go; looks no further than the first slice in which something may. */
  hasAny(terms: RetentionTerms): Promise<boolean>;
  /** What would go, and what stays although it is as old. */
  survey(terms: RetentionTerms): Promise<Purge>;
  /** Deletes what may go, in slices with pauses in which others have the database. */
  purge(terms: RetentionTerms, stopping: AbortSignal): Promise<Purge>;
  /** How many rows were purged since this store began, by kind. */
  purged(): Promise<Counts>;
  /** CheckTime of the oldest record here; null if none. */
  oldest(): Promise<WallClock | null>;
};

const NOTHING: Purge = { gone: {}, stayed: {}, oldest: null, stopped: false };

/** How long what a store holds is kept, and its deletion afterwards. Scheme 5.3.1.3; reading S3. */
export function createRetention(store: Store<CheckRecordTables>, rules: RetentionRules): Retention {
  const { months, resendDays, beside = null, others = [] } = rules;
  const walks = [walkRecords(store, beside), walkReversals(store), ...others];
  if (resendDays !== null) walks.push(walkDeliveries(store));

  async function* slices(terms: RetentionTerms, mode: WalkMode): AsyncGenerator<Slice> {
    for (const walk of walks) yield* walk(terms, mode);
  }
  const looking = (): WalkMode => ({ deletes: false, staying: new Set() });

  return {
    terms: (now, confirmed) => retentionTerms({ now, confirmed, months, resendDays }),

    async hasAny(terms) {
      for await (const { gone } of slices(terms, looking())) {
        if (Object.values(gone).some((count) => count > 0)) return true;
      }
      return false;
    },

    async survey(terms) {
      let sum = NOTHING;
      for await (const slice of slices(terms, looking())) sum = added(sum, slice);
      return sum;
    },

    async purge(terms, stopping) {
      const rest = slices(terms, { deletes: true });
      let sum = NOTHING;
      for (;;) {
        const { done, value } = await runSlice(() => rest.next(), { stopping });
        if (done) return sum;
        sum = added(sum, value);
        if (stopping.aborted) return { ...sum, stopped: true };
      }
    },

    purged: () => loadPurged(store.db),

    async oldest() {
      const row = await store.db
        .selectFrom('checkRecord')
        .select('checkTime')
        .orderBy('checkTime')
        .limit(1)
        .executeTakeFirst();
      return (row?.checkTime ?? null) as WallClock | null;
    },
  };
}

function added(sum: Purge, slice: Slice): Purge {
  return {
    ...sum,
    gone: sumOf(sum.gone, slice.gone),
    stayed: sumOf(sum.stayed, slice.stayed),
    oldest: sum.oldest ?? slice.oldest,
  };
}
