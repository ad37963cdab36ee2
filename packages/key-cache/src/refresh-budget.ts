/** How often keys of one cinema may be fetched on demand. Times are milliseconds. */
export type RefreshLimits = {
  /** Least time between two fetches. */
  minGapMs: number;
  /** Fetches that may follow each other at that distance before the slower pace sets in. */
  burst: number;
  /** Time in which a spent burst is given back in full, evenly. */
  refillMs: number;
};

type Bucket = { tokens: number; at: number; lastTaken: number };

/** Per-cinema allowance of on-demand fetches. */
export type RefreshBudget = {
  /** Takes one fetch from the cinema's allowance; false when there is none now. */
  take(cinemaCode: string): boolean;
  /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
  waitMs(cinemaCode: string): number;
};

/**
 * A token bucket per cinema with a least distance, so that forged codes, each of which asks for fresh keys, slow the
 * fetching down but never stop it: a spent bucket still allows one fetch every `refillMs / burst`. Reading K4.
 */
export function createRefreshBudget(limits: RefreshLimits, now: () => number): RefreshBudget {
  const buckets = new Map<string, Bucket>();
  const msPerToken = limits.refillMs / limits.burst;

  function refilled(cinemaCode: string): Bucket {
    const time = now();
    const old = buckets.get(cinemaCode) ?? { tokens: limits.burst, at: time, lastTaken: Number.NEGATIVE_INFINITY };
    // A clock that was set back must not close the cinema until it has caught up.
    const elapsed = Math.max(0, time - old.at);
    const tokens = Math.min(limits.burst, old.tokens + elapsed / msPerToken);
    const bucket = { tokens, at: time, lastTaken: Math.min(old.lastTaken, time) };
    buckets.set(cinemaCode, bucket);
    return bucket;
  }

  function wait(bucket: Bucket): number {
    const gap = bucket.lastTaken + limits.minGapMs - bucket.at;
    const refill = bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) * msPerToken;
    return Math.max(0, Math.ceil(Math.max(gap, refill)));
  }

  return {
    take(cinemaCode) {
      const bucket = refilled(cinemaCode);
      if (wait(bucket) > 0) return false;
      bucket.tokens -= 1;
      bucket.lastTaken = bucket.at;
      return true;
    },
    waitMs: (cinemaCode) => wait(refilled(cinemaCode)),
  };
}
