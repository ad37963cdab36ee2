import { endTogether } from '../ends.ts';
import { pause, within } from '../time.ts';
import { type Job, type JobContext, type JobDefinition, startJob } from './job.ts';

/** How soon another process takes over the jobs of one that ended, and how often this one says that it still has its own. */
const LOOK_EVERY_MS = 3000;

export type SharedJobs = Pick<Job, 'stop'> & {
  /** The job of that name, while it runs here. */
  running(name: string): Job | undefined;
};

/**
 * Runs jobs that run in one process each: those that belong to nobody are taken by one statement, and kept by the same
 * statement every few seconds. A job whose start fails later keeps no other waiting.
 *
 * @throws what the start of a job throws, if it is started at once.
 */
export async function startSharedJobs(
  definitions: readonly JobDefinition[],
  { lookEveryMs = LOOK_EVERY_MS, ...context }: JobContext & { lookEveryMs?: number },
): Promise<SharedJobs> {
  const { table, logger } = context;
  const names = definitions.map(({ name }) => name);
  const running = new Map<string, Job>();
  const stopping = new AbortController();

  async function startOwned(owned: ReadonlySet<string>, onFailure: (name: string, error: unknown) => void) {
    let started = 0;
    for (const definition of definitions) {
      const { name } = definition;
      if (!owned.has(name) || running.has(name) || stopping.signal.aborted) continue;
      try {
        running.set(name, await startJob(definition, context));
        started += 1;
      } catch (error) {
        onFailure(name, error);
      }
    }
    return started;
  }

  /** Until it has stopped, a job is not started again. */
  async function stopJob(name: string): Promise<void> {
    try {
      await running.get(name)?.stop();
    } finally {
      running.delete(name);
    }
  }

  function stopLost(owned: ReadonlySet<string>): void {
    for (const name of running.keys()) {
      if (!owned.has(name))
        stopJob(name).catch((err: unknown) => logger.error({ err, job: name }, 'failed to stop a job'));
    }
  }

  async function keepOwning(ownedMs: number, firstAt: number): Promise<void> {
    let ownedUntil = firstAt + ownedMs;
    while (!stopping.signal.aborted) {
      const leftMs = ownedUntil - performance.now();
      // Not beyond the end of what is owned: another process may have it from then on.
      await pause(leftMs > 0 ? Math.min(lookEveryMs, leftMs) : lookEveryMs, stopping.signal);
      if (stopping.signal.aborted) return;
      const askedAt = performance.now();
      // By this process's own time, since a database that does not answer says nothing.
      const owned = await within(Math.max(0, ownedUntil - askedAt), own());
      if (owned !== null) ownedUntil = askedAt + ownedMs;
      else if (performance.now() < ownedUntil) continue;
      stopLost(owned ?? new Set());
      const started = await startOwned(owned ?? new Set(), noteFailure);
      if (started > 0) logger.info({ jobs: started }, 'took over jobs of another process');
    }
  }

  async function own(): Promise<ReadonlySet<string> | null> {
    try {
      return await table.own(names);
    } catch (err) {
      logger.warn({ err }, 'failed to take or keep jobs');
      return null;
    }
  }

  function noteFailure(name: string, err: unknown): void {
    logger.error({ err, job: name }, 'failed to start a job');
  }

  const stopAll = async () => {
    try {
      await endTogether(
        [...running.keys()].map((name) => () => stopJob(name)),
        logger,
      );
    } finally {
      // If that fails, they are free once their time is over.
      await table.disown().catch(() => {});
    }
  };

  await table.retain(names);
  const takenAt = performance.now();
  const failures: unknown[] = [];
  await startOwned(await table.own(names), (_, error) => void failures.push(error));
  if (failures.length > 0) {
    await stopAll();
    throw failures[0];
  }
  const kept = table.ownedMs === null ? Promise.resolve() : keepOwning(table.ownedMs, takenAt);
  return {
    running: (name) => running.get(name),
    async stop() {
      stopping.abort();
      await kept;
      await stopAll();
    },
  };
}
