import type { Logger } from '../logger.ts';
import type { Clock } from '../time.ts';
import { type EveryOptions, every } from './every.ts';

/** Background work that runs until it is stopped, such as a recurring job. */
export type Job = {
  stop(): Promise<unknown>;
  trigger?(): Promise<void>;
};

/** A job and where it runs, which matters if several processes share their data. */
export type JobDefinition = {
  readonly name: string;
  /** `in one process`: in any one at a time; another takes over when that one ends. `everywhere`: it is about the process itself. */
  readonly runs: 'everywhere' | 'in one process';
} & (Continuous | Recurring | Daily);

/** Started; and again where it was stopped because another process had taken over. */
type Continuous = { start(): Job | Promise<Job> };

export type Recurring = Omit<EveryOptions, 'name' | 'logger' | 'onRun'>;

type Daily = Omit<DailyOptions, 'name' | keyof JobContext>;

/** Starts a job here; the runs of one that runs in one process are noted in the table. */
export async function startJob(definition: JobDefinition, context: JobContext): Promise<Job> {
  const { name, runs } = definition;
  if ('start' in definition) return definition.start();
  if ('hours' in definition) return daily({ ...definition, ...context });
  const onRun = runs === 'in one process' ? noteRuns(name, context) : undefined;
  return every({ ...definition, logger: context.logger, onRun });
}

export type JobRuns = {
  readonly name: string;
  /** When it last ran to its end, epoch milliseconds; null if it never did. */
  readonly lastRunAt: number | null;
  /** Why the last run failed; null if it did not. */
  readonly lastError: string | null;
  readonly nextRunAt: number | null;
  /** The process that has the job; null where only one process serves. */
  readonly owner: string | null;
};

/** Under this name one process owns all jobs that run in one process. */
export const JOBS_OF_ONE_PROCESS = 'jobs';

/** The jobs of all processes that share their data: who runs them, and how their runs ended. */
export type JobTable = {
  /**
   * Runs `work` while this process owns what has that name; null at once if it is owned already. `lost` aborts if the database was
   * unreachable for too long: another process may work from then on, so work that must not be done twice also needs a constraint.
   */
  alone<T>(name: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | null>;
  /** Forgets the runs of all jobs but these: a service whose jobs have other names must not show theirs for ever. */
  retain(names: readonly string[]): Promise<void>;
  list(): Promise<JobRuns[]>;
  /** `error`: why the run failed; null if it ran to its end. */
  note(name: string, run: { at: number; error: string | null; nextAt: number }): Promise<void>;
};

export type JobContext = { readonly table: JobTable; readonly now: Clock; readonly logger: Logger };

/** Keeps it in memory: for a service without data. */
export function tableOfOneProcess(): JobTable {
  const runs = new Map<string, JobRuns>();
  return {
    alone: (_, work) => work(new AbortController().signal),
    retain: async () => {},
    list: async () => [...runs.values()],
    async note(name, { at, error, nextAt }) {
      const lastRunAt = error === null ? at : (runs.get(name)?.lastRunAt ?? null);
      runs.set(name, { name, lastRunAt, lastError: error, nextRunAt: nextAt, owner: null });
    },
  };
}

/** The runs of a job that runs more often are noted at this pace: each note is a commit. */
const NOTED_EVERY_MS = 5 * 60_000;

/** Makes what `every` calls after each run: notes the first run, each change between success and failure, and one run in a while. */
function noteRuns(name: string, { table, now, logger }: JobContext) {
  let noted: { readonly error: string | null; readonly at: number } | null = null;
  return async (error: string | null, nextInMs: number): Promise<void> => {
    const startedAt = performance.now();
    if (noted !== null && noted.error === error && startedAt - noted.at < NOTED_EVERY_MS) return;
    const at = now();
    try {
      await table.note(name, { at, error, nextAt: Math.round(at + nextInMs) });
      noted = { error, at: startedAt };
    } catch (err) {
      logger.warn({ err, job: name }, 'failed to note the run of a job');
    }
  };
}

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
 * Runs a job at hours of the day, by the next run that the table has of it: an hour that passed while the service was off is made up for
 * soon after the start. A clock that is set over an hour, or back by more than a day, makes the job run.
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

function nextHour(epochMs: number, hours: readonly number[]): number {
  const day = Math.floor((epochMs + SHANGHAI_OFFSET_MS) / DAY_MS) * DAY_MS - SHANGHAI_OFFSET_MS;
  const coming = [...hours, ...hours.map((hour) => hour + 24)].map((hour) => day + hour * HOUR_MS);
  return coming.find((begin) => begin > epochMs) ?? epochMs + DAY_MS;
}
