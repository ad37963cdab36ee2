/** Lets one through at once, and then one in a while; `false` for those in between. */
export type Pace = { take(): boolean };

/** `now`: epoch milliseconds. A clock that is set does not stop it for longer than the while itself. */
export function createPace(everyMs: number, now: () => number): Pace {
  let takenAt = Number.NEGATIVE_INFINITY;
  return {
    take() {
      const at = now();
      if (Math.abs(at - takenAt) < everyMs) return false;
      takenAt = at;
      return true;
    },
  };
}
