import type { Clock } from './clock.ts';
import { every, type RecurringJob } from './every.ts';
import type { Logger } from './logger.ts';

/** What is kept of the runs of a job, so that a restart forgets none. */
export type JobMemory = {
  /** When it last ran to its end, epoch milliseconds; null if it never did. */
  lastRun(): Promise<number | null>;
  /** `error`: why the run failed; null if it ran to its end. */
  note(run: { at: number; error: string | null }): Promise<void>;
};

export type DailyOptions = {
  name: string;
  /** Full hours of Asia/Shanghai, in ascending order: the job runs at each of them, once a day. */
  hours: readonly number[];
  /** Up to this much is added to the hour, at random and for good, so that many services do not begin at the same moment. */
  jitterMs?: number;
  /** How long after the start a run is made up for that was missed. */
  soonMs?: number | undefined;
  /** `stopping` is aborted when the job is stopped, which waits for the run. 'put-off': it could not do its work yet. */
  run(stopping: AbortSignal): Promise<'done' | 'put-off'>;
  memory: JobMemory;
  now: Clock;
  logger: Logger;
};

const LOOK_EVERY_MS = 1000;
const SOON_MS = 60_000;
/** After a run that failed or was put off. */
const RETRY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

/**
 * Runs a job at hours of the day. An hour that passed while the service was off is made up for soon after the start. It follows
 * the clock: one that is set over an hour, forwards or back, makes the job run. An error is logged, and the job tries again.
 */
export function daily(options: DailyOptions): RecurringJob {
  const { name, hours, jitterMs = 0, soonMs = SOON_MS, run, memory, now, logger } = options;
  const delayMs = Math.random() * jitterMs;
  let hour = latestHour(now() - delayMs, hours);
  let tryFrom = performance.now() + soonMs;

  async function runDue(stopping: AbortSignal): Promise<void> {
    const at = now();
    const present = latestHour(at - delayMs, hours);
    if (present === hour && performance.now() < tryFrom) return;
    hour = present;
    tryFrom = performance.now() + RETRY_MS;
    const last = await memory.lastRun();
    // One that lies ahead was noted by a clock that was wrong.
    const isDue = last === null || last < hour || last > at;
    try {
      if (isDue && (await run(stopping)) === 'put-off') return;
    } catch (error) {
      await memory.note({ at, error: String(error) }).catch(() => {});
      throw error;
    }
    if (isDue) await memory.note({ at, error: null });
    tryFrom = Number.POSITIVE_INFINITY;
  }

  return every({ name, everyMs: LOOK_EVERY_MS, logger, run: runDue });
}

/** The latest of the hours that is not in the future. */
function latestHour(epochMs: number, hours: readonly number[]): number {
  const day = Math.floor((epochMs + SHANGHAI_OFFSET_MS) / DAY_MS) * DAY_MS - SHANGHAI_OFFSET_MS;
  const begun = [...hours.map((hour) => hour - 24), ...hours].map((hour) => day + hour * HOUR_MS);
  return begun.findLast((begin) => begin <= epochMs) ?? 0;
}
