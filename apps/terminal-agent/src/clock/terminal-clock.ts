import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';

export type ClockReading = ReturnType<TerminalClock['read']>;

type Admitted = { readonly at: WallClock; readonly correctionMs: number };

export type TerminalClock = ReturnType<typeof createTerminalClock>;

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
  lastAdmissions: readonly Admitted[];
}) {
  const { now, upstreamOffset, lastAdmissions } = options;
  let lastMachineTime = Math.max(...lastAdmissions.map(machineTimeOf));

  function stoodBack(offset: ClockOffset | null): boolean {
    if (offset?.measured === true && offset.trusted) {
      // The upstream confirms the time, so a later admission was made by a wrong clock.
      lastMachineTime = Math.min(lastMachineTime, now());
      return false;
    }
    return now() < lastMachineTime - USUAL_STEP_MS;
  }

  function read() {
    const offset = upstreamOffset();
    const correctionMs = offset?.trusted ? offset.offsetMs : 0;
    const epochMs = now() + correctionMs;
    return {
      at: wallClockAt(epochMs),
      epochMs,
      /** Correction of the machine's clock, in milliseconds. */
      correctionMs,
      /** false: the two clocks differ by more than a correction may reach, so one of them is wrong. */
      trusted: offset?.trusted ?? true,
      /** Whether it is before the last admission and no upstream confirms it. */
      stoodBack: stoodBack(offset),
    };
  }

  return {
    now: (): WallClock => read().at,
    read,
    notice(admission: Admitted): void {
      lastMachineTime = Math.max(lastMachineTime, machineTimeOf(admission));
    },
  };
}

function machineTimeOf({ at, correctionMs }: Admitted): number {
  return epochOf(at) - correctionMs;
}

const SAMPLE_EVERY_MS = 1500;
/** Enough for answers that are further off than a correction may reach: these count only after some seconds. */
const MAX_SAMPLES = 8;
/** Longest pause towards an upstream whose answers never agree. */
const LONGEST_MS = 10 * 60_000;
/** Spreads thousands of terminals that start after a power cut; short, since a wrong clock refuses guests until it is measured. */
const FIRST_WITHIN_MS = 1000;

/**
 * Creates the clock that scans use. While it is not measured, as after the start and once the machine's clock was set, it asks the
 * upstream for the time until several answers agree, so that nobody has to wait for scans to bring them. Reading C7.
 */
export function keepTime(
  service: Service,
  options: {
    connection: TerminalConnection;
    lastAdmissions: readonly Admitted[];
    /** Called once the upstream's clock is known where it was not: from now on it takes what is signed here. */
    onMeasured: () => void;
  },
): TerminalClock {
  const { connection, lastAdmissions, onMeasured } = options;
  const { now } = service;
  const clock = createTerminalClock({ now, upstreamOffset: connection.clockOffset, lastAdmissions });
  let asked = 0;

  async function sample(): Promise<'done' | 'back-off'> {
    if (connection.clockOffset()?.measured === true) {
      if (asked > 0) onMeasured();
      asked = 0;
    }
    // While the line is down, it is asked whether it is up again, which brings the time too.
    else if (connection.isReachable() && (await connection.probe())) asked += 1;
    return asked > MAX_SAMPLES ? 'back-off' : 'done';
  }

  service.job({
    name: 'clock sampler',
    runs: 'everywhere',
    everyMs: SAMPLE_EVERY_MS,
    jitterMs: SAMPLE_EVERY_MS / 3,
    longestMs: LONGEST_MS,
    firstWithinMs: FIRST_WITHIN_MS,
    run: sample,
  });
  // Shows in `GET /health` when the upstream last answered and how far the clocks differ. Readings C3, C7.
  service.check({
    name: 'upstream',
    async run() {
      const upstream = await connection.upstream();
      const lastContactAt = connection.lastContactAt();
      const offset = connection.clockOffset();
      const { trusted, stoodBack } = clock.read();
      return {
        ok: true,
        ...connection.faults.health(),
        url: upstream?.url ?? null,
        line: connection.isReachable() ? 'up' : 'down',
        lastContactSeconds: lastContactAt === null ? null : Math.max(0, Math.round((now() - lastContactAt) / 1000)),
        clockOffsetMs: offset?.measured ? offset.offsetMs : null,
        clockTrusted: trusted && !stoodBack,
      };
    },
  });
  return clock;
}
