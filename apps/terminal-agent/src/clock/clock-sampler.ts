import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ticket-check/runtime';

/** Asks the upstream for the time until enough of its answers agree. */
export type ClockSampler = {
  /**
   * Begins, unless it is at it already, at a random moment within so many milliseconds, at once by default; resolves when it is done,
   * whether or not it found out. Never rejects.
   */
  sample(when?: { readonly withinMs: number }): Promise<void>;
  stop(): Promise<void>;
};

/** Answers further apart than a correction may reach count only over some seconds. Reading C7. */
const MAX_SAMPLES = 8;
const SAMPLE_EVERY_MS = 1000;

/**
 * Every answer carries the upstream's Datetime, and several must agree before they move anything: a terminal that has
 * just started, or whose clock was set, does not wait for guests to bring them. Reading C7.
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
      // Longer by chance, so that terminals which start together do not go on in step.
      await delay(SAMPLE_EVERY_MS * (1 + Math.random() / 2), undefined, { signal: stopping.signal });
    }
  }

  return {
    sample({ withinMs } = { withinMs: 0 }) {
      if (stopping.signal.aborted) return Promise.resolve();
      sampling ??= run(withinMs)
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) logger.error({ err: error }, 'the upstream could not be asked for the time');
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
