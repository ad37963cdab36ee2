import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';

/** The time that scans count by. */
export type TerminalClock = {
  now(): WallClock;
  /** Whether check times may be taken from it. */
  isTrusted(): boolean;
  /** Told the time of each admission. */
  notice(admittedAt: WallClock): void;
};

/** A correction by upstream may move the clock by this much, so standing back by less proves nothing. Reading C7. */
const MOST_CORRECTION_MS = 5 * 60_000;

/**
 * The machine's clock, corrected by the upstream's where the two are at most 5 minutes apart. A clock that stands before
 * the last admission, and that no upstream confirms, is not to be trusted. Reading C7.
 */
export function createTerminalClock(options: {
  now: Clock;
  upstreamOffset: () => ClockOffset | null;
  lastAdmissionAt: WallClock | null;
}): TerminalClock {
  const { now, upstreamOffset } = options;
  let { lastAdmissionAt } = options;

  function correctedNow(): number {
    const offset = upstreamOffset();
    return now() + (offset?.trusted ? offset.offsetMs : 0);
  }

  return {
    now: () => wallClockAt(correctedNow()),
    isTrusted() {
      const offset = upstreamOffset();
      if (offset?.measured && offset.trusted) return true;
      return lastAdmissionAt === null || correctedNow() >= epochOf(lastAdmissionAt) - MOST_CORRECTION_MS;
    },
    notice(admittedAt) {
      if (lastAdmissionAt === null || admittedAt > lastAdmissionAt) lastAdmissionAt = admittedAt;
    },
  };
}
