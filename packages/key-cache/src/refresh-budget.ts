/** How often keys of one cinema may be fetched on demand. Times are milliseconds. */
export type RefreshLimits = {
  /** Least time between two fetches. */
  minGapMs: number;
  /** Fetches that may follow each other at that distance before the slower pace sets in. */
  burst: number;
  /** Time in which a spent burst refills, evenly. */
  refillMs: number;
};

/** What is left of a cinema's allowance, in epoch milliseconds. */
export type Allowance = {
  /** When the whole burst is available again. */
  readonly fullAt: number;
  /** When a fetch was last taken. */
  readonly takenAt: number;
};

/** Per-cinema allowance of on-demand fetches. */
export type RefreshBudget = {
  /** Takes one fetch from the cinema's allowance; false when there is none now. */
  take(cinemaCode: string): boolean | Promise<boolean>;
  /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
  waitMs(cinemaCode: string): number | Promise<number>;
  /** When a fetch was last taken, epoch milliseconds; for a budget that several processes share. */
  takenAt?(cinemaCode: string): Promise<number | null>;
};

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

/** The budget of one process. */
export function createRefreshBudget(
  limits: RefreshLimits,
  now: () => number,
): { take(cinemaCode: string): boolean; waitMs(cinemaCode: string): number } {
  const allowances = new Map<string, Allowance>();
  const waitMs = (cinemaCode: string) => waitOf(allowances.get(cinemaCode) ?? null, now(), limits);

  return {
    waitMs,
    take(cinemaCode) {
      if (waitMs(cinemaCode) > 0) return false;
      allowances.set(cinemaCode, spend(allowances.get(cinemaCode) ?? null, now(), limits));
      return true;
    },
  };
}
