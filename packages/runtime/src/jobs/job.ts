import { type DailyOptions, daily } from './daily.ts';
import { type EveryOptions, every } from './every.ts';
import type { JobContext } from './job-table.ts';
import { noteRuns } from './note-runs.ts';

/** Background work that runs until it is stopped, such as a recurring job. */
export type Job = {
  /** Resolves when what is under way is over. */
  stop(): Promise<unknown>;
  /** Runs a recurring job now. */
  trigger?(): Promise<void>;
};

/** A job and where it runs, which matters if several processes share their data. */
export type JobDefinition = {
  readonly name: string;
  /**
   * `in one process`: in any one at a time; another takes over when that one ends. The others know its work only through the
   * data. `everywhere`: in each, because it concerns the process itself, or divides its work itself.
   */
  readonly runs: 'everywhere' | 'in one process';
} & (Continuous | Recurring | Daily);

/** Started; and again where it was stopped because another process had taken over. */
type Continuous = { start(): Job | Promise<Job> };

/** See `every`. */
export type Recurring = Omit<EveryOptions, 'name' | 'logger' | 'onRun'>;

/** See `daily`. */
type Daily = Omit<DailyOptions, 'name' | keyof JobContext>;

/** Starts a job here; the runs of one that runs in one process are noted in the table. */
export async function startJob(definition: JobDefinition, context: JobContext): Promise<Job> {
  const { name, runs } = definition;
  if ('start' in definition) return definition.start();
  if ('hours' in definition) return daily({ ...definition, ...context });
  const onRun = runs === 'in one process' ? noteRuns(name, context) : undefined;
  return every({ ...definition, logger: context.logger, onRun });
}
