import type { Service } from '@ticket-check/runtime';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClockSampler, createClockSampler } from './clock-sampler.ts';
import { type ClockReading, createTerminalClock, type TerminalClock } from './terminal-clock.ts';
import { upstreamCheck } from './upstream-check.ts';

/** Spreads thousands of terminals that start after a power cut; short, since a wrong clock refuses guests until it is measured. */
const FIRST_WITHIN_MS = 1000;

/**
 * Creates the clock that scans use, and measures it against the upstream's soon after the start and on demand. Reading C7.
 */
export function keepTime(
  service: Service,
  options: {
    connection: TerminalConnection;
    /** From the store. */
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
