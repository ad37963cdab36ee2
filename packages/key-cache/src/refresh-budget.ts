import type { Store } from '@ticket-check/storage';
import type { KeyCacheTables } from './key-store.ts';

/** How often keys of one cinema may be fetched on demand. Times are milliseconds. */
export type RefreshLimits = {
  /** Least time between two fetches. */
  minGapMs: number;
  /** Fetches that may follow each other at that distance before the slower pace sets in. */
  burst: number;
  /** Time in which a spent burst refills, evenly. */
  refillMs: number;
};

export type Allowance = Pick<KeyCacheTables['keyRefresh'], 'fullAt' | 'takenAt'>;

/** Clocks of processes that share a budget may differ by so much. */
const MAX_SKEW_MS = 10_000;

/**
 * Returns the milliseconds until a fetch is allowed; null is an unused allowance. A token bucket with a minimum interval:
 * forged codes, which all ask for fresh keys, slow fetching down but never stop it, because a spent burst still allows one
 * fetch every `refillMs / burst`. A clock that was set back must not close a cinema until it has caught up. Reading K4.
 */
export function waitOf(allowance: Allowance | null, at: number, limits: RefreshLimits): number {
  if (allowance === null) return 0;
  const sinceTaken = at - allowance.takenAt;
  const gap = Math.abs(sinceTaken) < limits.minGapMs ? limits.minGapMs - sinceTaken : 0;
  const refill = spentOf(allowance, at, limits) + msPerFetch(limits) - capacityOf(limits);
  return Math.max(0, gap, refill);
}

/** What is left once a fetch was taken. */
export function spend(allowance: Allowance | null, at: number, limits: RefreshLimits): Allowance {
  const spent = allowance === null ? 0 : spentOf(allowance, at, limits);
  return { fullAt: at + spent + msPerFetch(limits), takenAt: at };
}

/** How much of the burst is spent, in milliseconds; more than all of it says that the clock was set back. */
function spentOf({ fullAt }: Allowance, at: number, limits: RefreshLimits): number {
  const spent = Math.max(0, fullAt - at);
  return spent > capacityOf(limits) + MAX_SKEW_MS ? 0 : spent;
}

const msPerFetch = ({ refillMs, burst }: RefreshLimits) => Math.ceil(refillMs / burst);
const capacityOf = (limits: RefreshLimits) => limits.burst * msPerFetch(limits);

/** The budget in the database; only an allowed fetch writes. */
export function createRefreshBudget(store: Store<KeyCacheTables>, limits: RefreshLimits, now: () => number) {
  const load = async (name: string): Promise<Allowance | null> =>
    (await store.db
      .selectFrom('keyRefresh')
      .select(['fullAt', 'takenAt'])
      .where('name', '=', name)
      .executeTakeFirst()) ?? null;

  /** False if another process has taken one since `before` was read. */
  function write(name: string, before: Allowance | null, next: Allowance): Promise<boolean> {
    return store.transaction(
      async (trx) => {
        if (before === null) {
          const inserted = await trx
            .insertInto('keyRefresh')
            .values({ name, ...next })
            .onConflict((conflict) => conflict.column('name').doNothing())
            .returning('name')
            .executeTakeFirst();
          return inserted !== undefined;
        }
        const { numUpdatedRows } = await trx
          .updateTable('keyRefresh')
          .set(next)
          .where('name', '=', name)
          .where('fullAt', '=', before.fullAt)
          .where('takenAt', '=', before.takenAt)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      },
      // A guest is at a gate with a code that no key opens.
      { urgent: true },
    );
  }

  return {
    /** Takes one fetch; false when there is none now. */
    async take(name: string): Promise<boolean> {
      const allowance = await load(name);
      const at = now();
      return waitOf(allowance, at, limits) === 0 && write(name, allowance, spend(allowance, at, limits));
    },
    /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
    waitMs: async (name: string) => waitOf(await load(name), now(), limits),
  };
}
