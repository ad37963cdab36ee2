import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobDefinition } from './job.ts';
import type { Logger } from './logger.ts';

/**
 * Runs `work` while this process alone does what goes by that name, of all that share its data; null, at once and without
 * running it, where another does. `signal` aborts when another may have begun.
 */
export type RunAlone = <T>(name: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T | null>;

/** How soon another process takes over a job that was given back, or whose lease has ended because its process died. */
const TRY_EVERY_MS = 2000;

/**
 * Starts a job if no other process has it, otherwise as soon as none has; it runs here for as long as the lease lasts.
 * Resolves when it has started, or when another process turns out to have it.
 *
 * @throws what the job's own start throws, where it is started at once.
 */
export async function startInOneProcess(
  { name, start }: Pick<JobDefinition, 'name' | 'start'>,
  { runAlone, logger, tryEveryMs = TRY_EVERY_MS }: { runAlone: RunAlone; logger: Logger; tryEveryMs?: number },
): Promise<Job> {
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let hasBegun = false;
  function begin(): void {
    hasBegun = true;
    begun.resolve();
  }

  async function runWhileOurs(lost: AbortSignal): Promise<void> {
    const job = await start();
    if (hasBegun) logger.info({ job: name }, 'this process takes the job over');
    begin();
    const ending = AbortSignal.any([lost, stopping.signal]);
    if (!ending.aborted) await once(ending, 'abort');
    await job.stop();
  }

  async function tryOnce(): Promise<void> {
    try {
      await runAlone(`job ${name}`, runWhileOurs);
    } catch (error) {
      // Whoever starts or stops the service is told.
      if (!hasBegun || stopping.signal.aborted) throw error;
      logger.error({ err: error, job: name }, 'recurring job failed');
    }
    begin();
  }

  async function tryUntilStopped(): Promise<void> {
    await tryOnce();
    while (!stopping.signal.aborted) {
      await delay(tryEveryMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (!stopping.signal.aborted) await tryOnce();
    }
  }

  const ended = tryUntilStopped();
  // Nobody may be waiting for it yet.
  ended.catch(() => {});
  await Promise.race([begun.promise, ended]);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
