import type { Clock } from './clock.ts';
import { every, type RecurringJob } from './every.ts';
import type { Logger } from './logger.ts';

export type DailyOptions = {
  name: string;
  /** Full hours of Asia/Shanghai, in ascending order: the job runs at each of them, once a day. */
  hours: readonly number[];
  /** Up to this much is added to the hour, at random and for good, so that many services do not begin at the same moment. */
  jitterMs?: number;
  /** `stopping` is aborted when the job is stopped, which waits for the run. */
  run(stopping: AbortSignal): Promise<unknown>;
  now: Clock;
  logger: Logger;
};

const LOOK_EVERY_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

/**
 * Runs a job at hours of the day. Never at the start, and not for an hour that passed while it was not running. It follows the
 * clock: one that is set over an hour, forwards or back, makes the job run. An error is logged and the job goes on.
 */
export function daily({ name, hours, jitterMs = 0, run, now, logger }: DailyOptions): RecurringJob {
  const delayMs = Math.random() * jitterMs;
  const present = () => hourNumber(now() - delayMs, hours);
  let last = present();
  return every({
    name,
    everyMs: LOOK_EVERY_MS,
    logger,
    async run(stopping) {
      const current = present();
      if (current === last) return;
      last = current;
      await run(stopping);
    },
  });
}

/** How many of the hours have begun since 1970. */
function hourNumber(epochMs: number, hours: readonly number[]): number {
  const local = epochMs + SHANGHAI_OFFSET_MS;
  const day = Math.floor(local / DAY_MS);
  const begun = hours.filter((hour) => local - day * DAY_MS >= hour * HOUR_MS).length;
  return day * hours.length + begun;
}
