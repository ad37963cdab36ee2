import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** What is known of a job's runs. */
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

/** The jobs of all processes that share their data: who runs them, and how their runs ended. */
export type JobTable = {
  /** For how long a job belongs to the process that took it, in milliseconds; null: for good, where only one process serves. */
  readonly ownedMs: number | null;
  /** Takes those of the jobs that belong to nobody, and keeps those of this process; returns all that it has. */
  own(names: readonly string[]): Promise<ReadonlySet<string>>;
  /** Forgets the runs of all jobs but these: a service whose jobs have other names must not show theirs for ever. */
  retain(names: readonly string[]): Promise<void>;
  /** Leaves the jobs of this process to others. */
  disown(): Promise<void>;
  list(): Promise<JobRuns[]>;
  /** `error`: why the run failed; null if it ran to its end. */
  note(name: string, run: { at: number; error: string | null; nextAt: number }): Promise<void>;
};

/** What jobs are started with. */
export type JobContext = { readonly table: JobTable; readonly now: Clock; readonly logger: Logger };

/** Keeps it in memory: for a service without data. */
export function tableOfOneProcess(): JobTable {
  const runs = new Map<string, JobRuns>();
  return {
    ownedMs: null,
    own: async (names) => new Set(names),
    retain: async () => {},
    disown: async () => {},
    list: async () => [...runs.values()],
    async note(name, { at, error, nextAt }) {
      const lastRunAt = error === null ? at : (runs.get(name)?.lastRunAt ?? null);
      runs.set(name, { name, lastRunAt, lastError: error, nextRunAt: nextAt, owner: null });
    },
  };
}
