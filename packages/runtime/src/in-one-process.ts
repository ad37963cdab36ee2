import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { endTogether } from './ends.ts';
import type { Job, JobDefinition } from './job.ts';
import type { Logger } from './logger.ts';

/** How one process is found for something, of all that share its data. */
export type Leases = {
  /**
   * Runs `work` while this process holds the lease of that name; returns null at once, without running it, if another
   * process holds it. `signal` aborts when another process may have started.
   */
  run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | null>;
  /** Whether somebody holds it; reads only. */
  isHeld(name: string): Promise<boolean>;
};

const LEASE = 'jobs';
/** How soon another process takes over jobs whose lease was released, or has ended because its process died. */
const LOOK_EVERY_MS = 2000;

type Started = Pick<JobDefinition, 'name' | 'start'>;

/**
 * Starts jobs if no other process has them, otherwise as soon as none has; they run here for as long as the lease lasts. All of
 * them share one lease, and a process that waits for it reads only. Resolves when they have started, or when another process turns
 * out to have them.
 *
 * @throws what the start of a job throws, if they are started at once.
 */
export async function startInOneProcess(
  jobs: readonly Started[],
  { leases, logger, lookEveryMs = LOOK_EVERY_MS }: { leases: Leases; logger: Logger; lookEveryMs?: number },
): Promise<Job> {
  const stopping = new AbortController();
  const begun = Promise.withResolvers<void>();
  let hasBegun = false;
  function begin(): void {
    hasBegun = true;
    begun.resolve();
  }

  async function runWhileOurs(lost: AbortSignal): Promise<void> {
    const started: Job[] = [];
    try {
      for (const { start } of jobs) started.push(await start());
      if (hasBegun) logger.info('took over the jobs of another process');
      begin();
      const ending = AbortSignal.any([lost, stopping.signal]);
      if (!ending.aborted) await once(ending, 'abort');
    } finally {
      await endTogether(
        started.map((job) => () => job.stop()),
        logger,
      );
    }
  }

  async function tryOnce(): Promise<void> {
    try {
      if (!(await leases.isHeld(LEASE))) await leases.run(LEASE, runWhileOurs);
    } catch (error) {
      // The caller that starts or stops the service learns of it.
      if (!hasBegun || stopping.signal.aborted) throw error;
      logger.error({ err: error }, 'failed to run shared jobs');
    }
    begin();
  }

  async function tryUntilStopped(): Promise<void> {
    await tryOnce();
    while (!stopping.signal.aborted) {
      await delay(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {});
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
