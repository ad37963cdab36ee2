import type { ConfirmedTime } from '@ticket-check/exchange';
import { businessDate, type WallClock } from '@ticket-check/protocol';
import { acrossCinemas, runSlice } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { OwnStore } from '../tables/tables.ts';
import { walkMonths } from './drop-months.ts';
import { type BesideRecords, KEY, type RetentionTerms, retentionTerms } from './rule.ts';
import { type Counts, type Slice, type Walk, type WalkMode, walkRecords, walkRows } from './walk.ts';

export type RetentionRules = {
  readonly months: number;
  /** How many days back records are sent again to a restored upstream; null if they go no further. */
  readonly resendDays: number | null;
  /** What goes with the records, in the order in which it is deleted. */
  readonly beside?: readonly BesideRecords[];
  /** What else grows old; gone through before the records. */
  readonly others?: readonly Walk[];
};

export type Purge = {
  readonly gone: Counts;
  readonly stayed: Counts;
  /** CheckTime of the oldest record that goes; null if none does. */
  readonly oldest: WallClock | null;
  /** It was stopped before its end: the next one continues. */
  readonly stopped: boolean;
};

export type Retention = ReturnType<typeof createRetention>;

/** One purge at a time, of a service's processes and of commands. */
export const PURGING = 'purging';

export const PURGE_OPERATION = 'records purge';

/** What is written down at the beginning of a purge, and at its end. */
export const purgeDetails = ({ cutoff }: RetentionTerms, { at, by }: ConfirmedTime): object => {
  return { cutoff, confirmedAt: at, confirmedBy: by };
};
export const purgeOutcome = ({ gone, stayed, oldest, stopped }: Purge): object => {
  return { purged: gone, oldest, stayed, ...(stopped && { stopped }) };
};

/** What a record has in any service: what undoes it says nothing without it. */
const OWN: readonly BesideRecords[] = [
  { table: 'reversal', kind: 'reversals', columns: ['reverses', ...KEY.slice(1)], ofRecord: KEY },
  { table: 'delivered_record', columns: ['record_id', 'cinema_code', 'start_time'] },
];

const NOTHING: Purge = { gone: {}, stayed: {}, oldest: null, stopped: false };

/** How long what a store holds is kept, and its deletion afterwards. Scheme 5.3.1.3; reading S3. */
export function createRetention(store: OwnStore, rules: RetentionRules) {
  const { months, resendDays, others = [] } = rules;
  const beside = [...OWN, ...(rules.beside ?? [])];
  const byMonth = store.engine === 'postgres';
  const walks = [...others, walkRecords(store, beside), walkMonths(store, beside)];
  // Only its last days are ever queried.
  if (resendDays !== null) walks.push(walkRows(store, { table: 'delivery', kind: 'deliveries', isOld: isOldDelivery }));

  async function* slices(terms: RetentionTerms, mode: WalkMode): AsyncGenerator<Slice> {
    for (const walk of walks) yield* walk(terms, mode);
  }

  async function walkAll(terms: RetentionTerms, mode: WalkMode, stopping?: AbortSignal): Promise<Purge> {
    const rest = slices(terms, mode);
    let sum = NOTHING;
    for (;;) {
      // On PostgreSQL others work beside it.
      const isBeside = byMonth || stopping === undefined;
      const { done, value } = await (isBeside ? rest.next() : runSlice(() => rest.next(), { stopping }));
      if (done) return sum;
      sum = added(sum, value);
      if (stopping?.aborted) return { ...sum, stopped: true };
    }
  }

  return {
    terms: (now: number, confirmed: Pick<ConfirmedTime, 'at'>) =>
      retentionTerms({ now, confirmed, months, resendDays, byMonth }),

    /** Whether anything may go; looks no further than the first slice in which something may. */
    async hasAny(terms: RetentionTerms): Promise<boolean> {
      for await (const { gone } of slices(terms, { deletes: false })) {
        if (Object.values(gone).some((count) => count > 0)) return true;
      }
      return false;
    },

    survey: (terms: RetentionTerms) => walkAll(terms, { deletes: false }),

    /** Deletes what may go, in slices with pauses in which others have the database. */
    purge: (terms: RetentionTerms, stopping: AbortSignal) => walkAll(terms, { deletes: true }, stopping),

    /** CheckTime of the oldest record here; null if none. */
    async oldest(): Promise<WallClock | null> {
      const { rows } = await sql<{ at: WallClock }>`
        select ${acrossCinemas('retention')} check_time as at from check_record order by check_time limit 1
      `.execute(store.db);
      return rows[0]?.at ?? null;
    },
  };
}

/** A clock may have been behind when its day began. */
const isOldDelivery = ({ cutoff }: RetentionTerms) =>
  sql<boolean>`delivered_on < ${businessDate(cutoff)} and last_delivered_at < ${cutoff}`;

function added(sum: Purge, slice: Slice): Purge {
  return {
    ...sum,
    gone: sumOf(sum.gone, slice.gone),
    stayed: sumOf(sum.stayed, slice.stayed ?? {}),
    oldest: [sum.oldest, slice.oldest ?? null].filter((time) => time !== null).sort()[0] ?? null,
  };
}

function sumOf(a: Counts, b: Counts): Counts {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) {
    if (count > 0) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
