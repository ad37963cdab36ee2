import { endTogether } from '../ends.ts';
import { pause } from '../time.ts';
import { JOBS_OF_ONE_PROCESS, type Job, type JobContext, type JobDefinition, startJob } from './job.ts';

/** How soon another process takes over the jobs of one that ended, and a job is tried again whose start failed. */
const LOOK_EVERY_MS = 3000;

export type SharedJobs = Pick<Job, 'stop'> & {
  /** The job of that name, while it runs here. */
  running(name: string): Job | undefined;
};

/**
 * Runs jobs that run in one process: all of them in the one that owns them, so that those that depend on each other stay together. A
 * job whose start fails later keeps no other waiting.
 *
 * @throws what the start of a job throws, if it is started at once.
 */
export async function startSharedJobs(
  definitions: readonly JobDefinition[],
  { lookEveryMs = LOOK_EVERY_MS, ...context }: JobContext & { lookEveryMs?: number },
): Promise<SharedJobs> {
  const { table, logger } = context;
  const running = new Map<string, Job>();
  const stopping = new AbortController();
  /** Aborts when they no longer belong to this process, or are to stop. */
  let over = stopping.signal;

  async function startMissing(fail: (job: string, error: unknown) => void): Promise<void> {
    for (const definition of definitions) {
      const { name } = definition;
      if (running.has(name) || over.aborted) continue;
      try {
        running.set(name, await startJob(definition, context));
      } catch (error) {
        fail(name, error);
      }
    }
  }

  async function stopAll(): Promise<void> {
    const jobs = [...running.values()];
    try {
      await endTogether(
        jobs.map((job) => () => job.stop()),
        logger,
      );
    } finally {
      running.clear();
    }
  }

  const logFailure = (job: string, err: unknown) => logger.error({ err, job }, 'failed to start a job');

  /** Runs them for as long as they belong to this process. */
  const runOwned = (begin: () => Promise<void>) =>
    table.alone(JOBS_OF_ONE_PROCESS, async (lost) => {
      over = AbortSignal.any([lost, stopping.signal]);
      try {
        await begin();
        while (!over.aborted) {
          await pause(lookEveryMs, over);
          if (!over.aborted) await startMissing(logFailure);
        }
      } finally {
        await stopAll();
      }
    });

  async function takeOver(): Promise<void> {
    await startMissing(logFailure);
    logger.info({ jobs: running.size }, 'took over jobs of another process');
  }

  async function keepTrying(first: Promise<unknown>): Promise<void> {
    for (let attempt = first; ; attempt = runOwned(takeOver)) {
      try {
        await attempt;
      } catch (err) {
        if (stopping.signal.aborted) throw err;
        logger.warn({ err }, 'failed to take, keep or stop jobs');
      }
      await pause(lookEveryMs, stopping.signal);
      if (stopping.signal.aborted) return;
    }
  }

  async function startFirst(): Promise<void> {
    const failures: unknown[] = [];
    await startMissing((_, error) => void failures.push(error));
    if (failures.length > 0) throw failures[0];
    begun.resolve();
  }

  await table.retain(definitions.map(({ name }) => name));
  const begun = Promise.withResolvers<void>();
  const first = runOwned(startFirst);
  await Promise.race([begun.promise, first]);
  const kept = keepTrying(first);
  // It is awaited when the service ends.
  kept.catch(() => {});
  return {
    running: (name) => running.get(name),
    async stop() {
      stopping.abort();
      await kept;
    },
  };
}
