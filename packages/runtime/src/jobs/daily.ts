import { every } from './every.ts';
import type { Job } from './job.ts';
import type { JobContext } from './job-table.ts';

export type DailyOptions = JobContext & {
  name: string;
  /** Full hours of Asia/Shanghai, in ascending order: the job runs at each of them, once a day. */
  hours: readonly number[];
  /** Up to this much is added to the hour, at random, so that many services do not begin at the same moment. */
  jitterMs?: number;
  /** How long after the start a run is made up for that was missed. */
  soonMs?: number | undefined;
  /** `stopping` is aborted when the job is stopped, which waits for the run. 'put-off': it could not do its work yet. */
  run(stopping: AbortSignal): Promise<'done' | 'put-off'>;
};

const LOOK_EVERY_MS = 1000;
const SOON_MS = 60_000;
/** After a run that failed or was put off. */
const RETRY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

/**
 * Runs a job at hours of the day, by the next run that the table has of it: an hour that passed while the service was off is made
 * up for soon after the start. It follows the clock: one that is set over an hour, or back by more than a day, makes the job run.
 */
export function daily(options: DailyOptions): Job {
  const { name, hours, jitterMs = 0, soonMs = SOON_MS, run, table, now, logger } = options;
  const delayMs = Math.random() * jitterMs;
  const startedAt = now();
  let nextAt: number | null = null;

  async function runDue(stopping: AbortSignal): Promise<void> {
    nextAt ??= await firstRun();
    const at = now();
    if (!isDue(nextAt, at)) return;
    nextAt = at + RETRY_MS;
    try {
      if ((await run(stopping)) === 'put-off') return;
    } catch (error) {
      await table.note(name, { at, error: String(error), nextAt }).catch(() => {});
      throw error;
    }
    nextAt = Math.round(nextHour(at - delayMs, hours) + delayMs);
    await table.note(name, { at, error: null, nextAt });
  }

  async function firstRun(): Promise<number> {
    const noted = (await table.list()).find((job) => job.name === name)?.nextRunAt ?? 0;
    return isDue(noted, startedAt) ? startedAt + soonMs : noted;
  }

  // One that lies further ahead was noted by a clock that was wrong.
  const isDue = (next: number, at: number) => next <= at || next > at + DAY_MS + jitterMs;

  return every({ name, everyMs: LOOK_EVERY_MS, logger, run: runDue });
}

/** The first of the hours after a time. */
function nextHour(epochMs: number, hours: readonly number[]): number {
  const day = Math.floor((epochMs + SHANGHAI_OFFSET_MS) / DAY_MS) * DAY_MS - SHANGHAI_OFFSET_MS;
  const coming = [...hours, ...hours.map((hour) => hour + 24)].map((hour) => day + hour * HOUR_MS);
  return coming.find((begin) => begin > epochMs) ?? epochMs + DAY_MS;
}
