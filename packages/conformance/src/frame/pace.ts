import { setTimeout as delay } from 'node:timers/promises';

/** A round trip on a quiet local network: slower lines get as many times the time. */
const USUAL_ROUND_TRIP_MS = 50;
const LONGEST = 20;
/** What is waited for in vain takes its whole time in every run. */
const LONGEST_WAIT = 2;
const LOOK_EVERY_MS = 50;

/** How long to wait: seconds on a quick line, and in proportion to the measured round trip on a slower one. */
export type Pace = {
  factor: number;
  /** Milliseconds. */
  seconds(count: number): number;
  wait(seconds: number): Promise<void>;
  /** Waits until what is made next has another CheckTime. */
  nextSecond(): Promise<void>;
  /** Looks until the condition holds; false if it did not within the time. */
  until(condition: () => boolean, seconds: number): Promise<boolean>;
};

export function createPace(factor = 1): Pace {
  const pace: Pace = {
    factor,
    seconds: (count) => count * 1000 * pace.factor,
    wait: (seconds) => delay(seconds * 1000 * Math.min(pace.factor, LONGEST_WAIT)),
    nextSecond: () => delay(1100),
    async until(condition, seconds) {
      const end = performance.now() + pace.seconds(seconds);
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
