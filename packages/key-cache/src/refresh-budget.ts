/** How often keys of one cinema may be fetched on demand. Times are milliseconds. */
export type RefreshLimits = {
  /** Least time between two fetches. */
  minGapMs: number;
  /** Fetches that may follow each other at that distance before the slower pace sets in. */
  burst: number;
  /** Time in which a spent burst refills, evenly. */
  refillMs: number;
};

/**
 * Limits fetches on demand by name, in memory, so per process. A token bucket with a minimum interval: forged codes, which all ask
 * for fresh keys, slow fetching down but never stop it, because a spent burst still allows one fetch every `refillMs / burst`. A
 * clock that was set back must not close a cinema until it has caught up. Reading K4.
 *
 * @param now epoch milliseconds
 */
export function createRefreshBudget({ minGapMs, burst, refillMs }: RefreshLimits, now: () => number) {
  const msPerFetch = Math.ceil(refillMs / burst);
  const capacity = burst * msPerFetch;
  /** When the whole burst is available again, and when a fetch was last taken. */
  const allowances = new Map<string, { readonly fullAt: number; readonly takenAt: number }>();

  /** How much of the burst is spent, in milliseconds; more than all of it says that the clock was set back. */
  function spentOf(name: string, at: number): number {
    const spent = Math.max(0, (allowances.get(name)?.fullAt ?? at) - at);
    return spent > capacity ? 0 : spent;
  }

  /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
  function waitMs(name: string): number {
    const at = now();
    const sinceTaken = at - (allowances.get(name)?.takenAt ?? Number.NEGATIVE_INFINITY);
    const gap = Math.abs(sinceTaken) < minGapMs ? minGapMs - sinceTaken : 0;
    return Math.max(0, gap, spentOf(name, at) + msPerFetch - capacity);
  }

  return {
    waitMs,
    /** Takes one fetch; false when there is none now. */
    take(name: string): boolean {
      if (waitMs(name) > 0) return false;
      const at = now();
      allowances.set(name, { fullAt: at + spentOf(name, at) + msPerFetch, takenAt: at });
      return true;
    },
  };
}
