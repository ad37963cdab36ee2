import { endTogether } from '../ends.ts';
import { pause } from '../time.ts';
import { JOBS_OF_ONE_PROCESS, type Job, type JobContext, type JobDefinition, startJob } from './job.ts';

/** How soon another process takes over the jobs of one that ended, and a job is tried again whose start failed. */
const LOOK_EVERY_MS = 3000;

export type SharedJobs = Awaited<ReturnType<typeof startSharedJobs>>;

/** Runs jobs of one process, all in the one that owns them. A start that fails later keeps no other waiting. @throws what a first start throws. */
export async function startSharedJobs(
  definitions: readonly JobDefinition[],
  { lookEveryMs = LOOK_EVERY_MS, ...context }: JobContext & { lookEveryMs?: number },
) {
  const { table, logger } = context;
  const running = new Map<string, Job>();
  const stopping = new AbortController();
  /** Aborts when they no longer belong to this process, or are to stop. */
  let over = stopping.signal;

  async function startMissing(): Promise<{ job: string; err: unknown }[]> {
    const failures: { job: string; err: unknown }[] = [];
    for (const definition of definitions) {
      const { name } = definition;
      if (running.has(name) || over.aborted) continue;
      try {
        running.set(name, await startJob(definition, context));
      } catch (err) {
        failures.push({ job: name, err });
      }
    }
    return failures;
  }

  /** Until it has stopped, a job is not started again. */
  function stopAll(): Promise<void> {
    const stops = [...running].map(([name, job]) => async () => {
      try {
        await job.stop();
      } finally {
        if (running.get(name) === job) running.delete(name);
      }
    });
    return endTogether(stops, logger);
  }

  const begun = Promise.withResolvers<void>();

  const runOwned = (isFirst: boolean) =>
    table.alone(JOBS_OF_ONE_PROCESS, async (lost) => {
      over = AbortSignal.any([lost, stopping.signal]);
      try {
        for (let begins = true; !over.aborted; begins = false) {
          const failures = await startMissing();
          if (isFirst && begins && failures[0] !== undefined) throw failures[0].err;
          begun.resolve();
          for (const failure of failures) logger.error(failure, 'failed to start a job');
          if (begins && !isFirst) logger.info({ jobs: running.size }, 'took over jobs of another process');
          await pause(lookEveryMs, over);
        }
      } finally {
        const stopped = stopAll();
        // One may wait for a database that does not answer: the others go on without it once they are owned again.
        if (!lost.aborted) await stopped;
        else stopped.catch((err: unknown) => logger.error({ err }, 'failed to stop a job'));
      }
    });

  async function keepTrying(first: Promise<unknown>): Promise<void> {
    for (let attempt = first; ; attempt = runOwned(false)) {
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

  await table.retain(definitions.map(({ name }) => name));
  const first = runOwned(true);
  await Promise.race([begun.promise, first]);
  const kept = keepTrying(first);
  // It is awaited when the service ends.
  kept.catch(() => {});
  return {
    running: (name: string) => running.get(name),
    async stop() {
      stopping.abort();
      try {
        await kept;
      } finally {
        await stopAll();
      }
    },
  };
}
