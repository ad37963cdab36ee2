import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ticket-check/runtime';

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
export function createClockSampler(options: {
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
