/**
 * Lets one fetch on demand through in a while, by name, in memory, so per process: forged codes, which all ask for fresh keys, cannot
 * end fetching. A clock that was set back must not close a cinema until it has caught up. Reading K4.
 *
 * @param now epoch milliseconds
 */
export function createRefreshBudget(gapMs: number, now: () => number) {
  const takenAt = new Map<string, number>();

  /** Milliseconds until the next fetch is allowed; 0 when it is allowed now. */
  function waitMs(name: string): number {
    const sinceTaken = now() - (takenAt.get(name) ?? Number.NEGATIVE_INFINITY);
    return Math.abs(sinceTaken) < gapMs ? gapMs - sinceTaken : 0;
  }

  return {
    waitMs,
    /** Takes one fetch; false when there is none now. */
    take(name: string): boolean {
      if (waitMs(name) > 0) return false;
      takenAt.set(name, now());
      return true;
    },
  };
}
