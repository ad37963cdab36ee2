import type { Service } from '@ticket-check/runtime';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClockSampler, createClockSampler } from './clock-sampler.ts';
import { type ClockReading, createTerminalClock, type TerminalClock } from './terminal-clock.ts';
import { upstreamCheck } from './upstream-check.ts';

/** Thousands that get their power back at one moment do not all ask at once, and a wrong clock refuses guests until it is measured. */
const FIRST_WITHIN_MS = 1000;

/**
 * The time that scans count by, and what measures it against the upstream's: soon after the start, and where somebody begins that.
 * Reading C7.
 */
export function keepTime(
  service: Service,
  options: {
    connection: TerminalConnection;
    /** Those that the store knows. */
    lastAdmissions: readonly Pick<ClockReading, 'at' | 'correctionMs'>[];
  },
): { clock: TerminalClock; sampler: ClockSampler } {
  const { connection, lastAdmissions } = options;
  const { now, logger } = service;
  const clock = createTerminalClock({ now, upstreamOffset: connection.clockOffset, lastAdmissions });
  const sampler = createClockSampler({
    probe: connection.probe,
    isMeasured: () => connection.clockOffset()?.measured === true,
    logger,
  });
  service.job({
    name: 'clock sampler',
    runs: 'everywhere',
    start() {
      void sampler.sample({ withinMs: FIRST_WITHIN_MS });
      return sampler;
    },
  });
  service.check(upstreamCheck({ connection, clock, now }));
  return { clock, sampler };
}
