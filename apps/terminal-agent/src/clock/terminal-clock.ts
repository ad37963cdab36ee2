import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';

/** The time of a scan. */
export type ClockReading = {
  at: WallClock;
  /** The same in epoch milliseconds. */
  epochMs: number;
  /** Correction of the machine's clock, in milliseconds. */
  correctionMs: number;
  /** false: the two clocks differ by more than a correction may reach, so one of them is wrong. */
  trusted: boolean;
};

/** The clock that scans use. */
export type TerminalClock = {
  now(): WallClock;
  read(): ClockReading;
  /** Whether an upstream confirms it. */
  isConfirmed(): boolean;
  /** Whether it is before the last admission and no upstream confirms it. */
  stoodBack(): boolean;
  /** Takes the time of each admission. */
  notice(admission: Pick<ClockReading, 'at' | 'correctionMs'>): void;
};

/** Time synchronisation moves a clock a little in either direction. */
const USUAL_STEP_MS = 2000;

/**
 * The machine's clock, corrected by the upstream's if the two are at most 5 minutes apart. A clock before the last admission
 * that no upstream confirms is not trusted. Uncorrected times are compared, so that a change of the correction proves nothing.
 * Reading C7.
 */
export function createTerminalClock(options: {
  now: Clock;
  upstreamOffset: () => ClockOffset | null;
  /** From the store; the clock must not be before any of them. */
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
        // The upstream confirms the time, so a later admission was made by a wrong clock.
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
