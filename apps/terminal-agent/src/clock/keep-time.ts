import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, HealthCheck, Logger, Service } from '@ticket-check/runtime';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import { type ClockReading, createTerminalClock, type TerminalClock } from './terminal-clock.ts';

/** Asks the upstream for the time until enough of its answers agree. */
export type ClockSampler = {
  /**
   * Starts, unless it runs already, at a random moment within `withinMs` milliseconds, at once by default. Resolves at the end,
   * whether or not answers agreed. Never rejects.
   */
  sample(when?: { readonly withinMs: number }): Promise<void>;
  stop(): Promise<void>;
};

/** Answers further off than a correction may reach count only after some seconds. Reading C7. */
const MAX_SAMPLES = 8;
const SAMPLE_EVERY_MS = 1000;

/**
 * Collects the upstream's Datetime from several answers, which must agree before the clock is corrected, so that a terminal
 * that just started, or whose clock was set, does not wait for scans to bring them. Reading C7.
 */
function createClockSampler(options: {
  /** Whether the upstream answered. */
  probe: () => Promise<boolean>;
  isMeasured: () => boolean;
  logger: Pick<Logger, 'error'>;
}): ClockSampler {
  const { probe, isMeasured, logger } = options;
  const stopping = new AbortController();
  let sampling: Promise<void> | null = null;

  async function run(withinMs: number): Promise<void> {
    if (withinMs > 0) await delay(Math.random() * withinMs, undefined, { signal: stopping.signal });
    for (let asked = 0; asked < MAX_SAMPLES && !isMeasured() && !stopping.signal.aborted; asked += 1) {
      if (!(await probe())) return;
      // Jitter, so that terminals that start together do not stay in step.
      await delay(SAMPLE_EVERY_MS * (1 + Math.random() / 2), undefined, { signal: stopping.signal });
    }
  }

  return {
    sample({ withinMs } = { withinMs: 0 }) {
      if (stopping.signal.aborted) return Promise.resolve();
      sampling ??= run(withinMs)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) logger.error({ err: error }, 'failed to ask the upstream for the time');
        })
        .finally(() => {
          sampling = null;
        });
      return sampling;
    },
    async stop() {
      stopping.abort();
      await sampling;
    },
  };
}

/** Shows in `GET /health` when the upstream last answered and how far the clocks differ. Readings C3, C7. */
function upstreamCheck(options: {
  connection: TerminalConnection;
  clock: Pick<TerminalClock, 'read' | 'stoodBack'>;
  now: Clock;
}): HealthCheck {
  const { connection, clock, now } = options;
  return {
    name: 'upstream',
    async run() {
      const upstream = await connection.upstream();
      const lastContactAt = connection.lastContactAt();
      const offset = connection.clockOffset();
      return {
        ok: true,
        ...connection.faults.health(),
        url: upstream?.url ?? null,
        line: connection.isHeard() ? 'up' : 'down',
        lastContactSeconds: lastContactAt === null ? null : Math.max(0, Math.round((now() - lastContactAt) / 1000)),
        clockOffsetMs: offset?.measured ? offset.offsetMs : null,
        clockTrusted: clock.read().trusted && !clock.stoodBack(),
      };
    },
  };
}

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
