import { setTimeout as delay } from 'node:timers/promises';

/** A round trip on a quiet local network: slower lines get as many times the time. */
const USUAL_ROUND_TRIP_MS = 50;
const LONGEST = 20;
/** What is waited for in vain takes its whole time in every run. */
const LONGEST_WAIT = 2;
const LOOK_EVERY_MS = 50;

export type Pace = ReturnType<typeof createPace>;

/** How long to wait: seconds on a quick line, and in proportion to the measured round trip on a slower one. */
export function createPace(factor = 1) {
  const pace = {
    factor,
    milliseconds: (seconds: number): number => seconds * 1000 * pace.factor,
    wait: (seconds: number): Promise<void> => delay(seconds * 1000 * Math.min(pace.factor, LONGEST_WAIT)),
    /** Waits until what is made next has another CheckTime. */
    nextSecond: (): Promise<void> => delay(1100),
    /** Looks until the condition holds; false if it did not within the time. */
    async until(condition: () => boolean, seconds: number): Promise<boolean> {
      const end = performance.now() + pace.milliseconds(seconds);
      while (!condition()) {
        if (performance.now() > end) return false;
        await delay(LOOK_EVERY_MS);
      }
      return true;
    },
  };
  return pace;
}

export const factorFor = (roundTrips: readonly number[]): number => {
  const median = roundTrips.toSorted((a, b) => a - b)[roundTrips.length >> 1] ?? USUAL_ROUND_TRIP_MS;
  return Math.min(LONGEST, Math.max(1, median / USUAL_ROUND_TRIP_MS));
};
