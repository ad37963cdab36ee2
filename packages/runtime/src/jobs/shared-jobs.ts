import { endTogether } from '../ends.ts';
import { pause } from '../time.ts';
import { type Job, type JobContext, type JobDefinition, startJob } from './job.ts';

/** How soon another process takes over a job of one that ended. */
const LOOK_EVERY_MS = 3000;

export type SharedJobs = Pick<Job, 'stop'> & {
  /** The job of that name, while it runs here. */
  running(name: string): Job | undefined;
};

/**
 * Runs jobs that run in one process each, those that belong to nobody. A job whose start fails later keeps no other waiting.
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
  const kept: Promise<void>[] = [];

  /** Runs a job for as long as it belongs to this process; returns at once if it belongs to another. */
  async function runOwned(definition: JobDefinition, noteStart: () => void): Promise<void> {
    const { name } = definition;
    await table.alone(name, async (lost) => {
      const job = await startJob(definition, context);
      running.set(name, job);
      noteStart();
      await aborted(AbortSignal.any([lost, stopping.signal]));
      try {
        await job.stop();
      } finally {
        running.delete(name);
      }
    });
  }

  async function keepTrying(definition: JobDefinition, first: Promise<void>): Promise<void> {
    const job = definition.name;
    const noteStart = () => logger.info({ job }, 'took over a job of another process');
    for (let attempt = first; ; attempt = runOwned(definition, noteStart)) {
      try {
        await attempt;
      } catch (err) {
        if (stopping.signal.aborted) throw err;
        logger.error({ err, job }, 'failed to take, start or stop a job');
      }
      await pause(lookEveryMs, stopping.signal);
      if (stopping.signal.aborted) return;
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await endTogether(
      kept.map((end) => () => end),
      logger,
    );
  }

  await table.retain(definitions.map(({ name }) => name));
  const failures: unknown[] = [];
  for (const definition of definitions) {
    const started = Promise.withResolvers<void>();
    const attempt = runOwned(definition, started.resolve);
    try {
      await Promise.race([started.promise, attempt]);
      kept.push(keepTrying(definition, attempt));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    await stop();
    throw failures[0];
  }
  return { running: (name) => running.get(name), stop };
}

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', resolve, { once: true });
  });
