/** Tells a demand for new keys from the regular fetching of them. */
export type KeyDemand = {
  /** Notes that an account asks for a cinema's keys; true when it asked so recently that it must miss one. */
  noteAsked(username: string, cinemaCode: string): boolean;
};

/**
 * A caller that fetches keys on its schedule asks once in half an hour. One that asks again within `recentMs` has met a
 * code that none of the keys it was given opens. Reading K4.
 */
export function createKeyDemand(recentMs: number, now: () => number): KeyDemand {
  const askedAt = new Map<string, number>();

  function forgetOld(time: number): void {
    // The map is in the order of asking, so the old ones stand in front.
    for (const [asker, at] of askedAt) {
      if (isRecent(at, time)) return;
      askedAt.delete(asker);
    }
  }

  const isRecent = (at: number, time: number) => Math.abs(time - at) < recentMs;

  return {
    noteAsked(username, cinemaCode) {
      const time = now();
      const asker = `${username} ${cinemaCode}`;
      const before = askedAt.get(asker);
      askedAt.delete(asker);
      askedAt.set(asker, time);
      forgetOld(time);
      return before !== undefined && isRecent(before, time);
    },
  };
}
