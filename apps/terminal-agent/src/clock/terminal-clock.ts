import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';

/** A moment as a scan keeps it. */
export type ClockReading = {
  at: WallClock;
  /** The same in epoch milliseconds. */
  epochMs: number;
  /** By how much the machine's clock was corrected for it, in milliseconds. */
  correctionMs: number;
  /** false: the upstream's clock is further off than a correction may reach, so one of the two is wrong. */
  trusted: boolean;
};

/** The time that scans count by. */
export type TerminalClock = {
  now(): WallClock;
  read(): ClockReading;
  /** Whether an upstream says that it is right. */
  isConfirmed(): boolean;
  /** Whether it stands before the last admission, and no upstream says that it is right all the same. */
  stoodBack(): boolean;
  /** Told the moment of each admission. */
  notice(admission: Pick<ClockReading, 'at' | 'correctionMs'>): void;
};

/** What keeps clocks right moves them a little in either direction. */
const USUAL_STEP_MS = 2000;

/**
 * The machine's clock, corrected by the upstream's where the two are at most 5 minutes apart. A clock that stands before
 * the last admission, and that no upstream confirms, is not to be trusted: the machine's own time is compared, so that
 * a correction that came or went proves nothing. Reading C7.
 */
export function createTerminalClock(options: {
  now: Clock;
  upstreamOffset: () => ClockOffset | null;
  /** Those that the store knows; the clock is not to stand before any of them. */
  lastAdmissions: readonly Pick<ClockReading, 'at' | 'correctionMs'>[];
}): TerminalClock {
  const { now, upstreamOffset, lastAdmissions } = options;
  let lastMachineTime = Math.max(...lastAdmissions.map(machineTimeOf));

  function read(): ClockReading {
    const offset = upstreamOffset();
    const correctionMs = offset?.trusted ? offset.offsetMs : 0;
    const epochMs = now() + correctionMs;
    return { at: wallClockAt(epochMs), epochMs, correctionMs, trusted: offset?.trusted ?? true };
  }

  function isConfirmed(): boolean {
    const offset = upstreamOffset();
    return offset?.measured === true && offset.trusted;
  }

  return {
    now: () => read().at,
    read,
    isConfirmed,
    stoodBack() {
      if (isConfirmed()) {
        // The upstream knows better: an admission that lies ahead was made by a clock that was wrong then.
        lastMachineTime = Math.min(lastMachineTime, now());
        return false;
      }
      return now() < lastMachineTime - USUAL_STEP_MS;
    },
    notice(admission) {
      lastMachineTime = Math.max(lastMachineTime, machineTimeOf(admission));
    },
  };
}

function machineTimeOf({ at, correctionMs }: Pick<ClockReading, 'at' | 'correctionMs'>): number {
  return epochOf(at) - correctionMs;
}
