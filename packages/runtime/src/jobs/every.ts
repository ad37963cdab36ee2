import { channel } from 'node:diagnostics_channel';
import type { Logger } from '../logger.ts';

export type RecurringJob = ReturnType<typeof every>;

export type EveryOptions = {
  name: string;
  /** Time from the start of one run to the start of the next, in milliseconds. */
  everyMs: number;
  /** Up to this much is taken off the interval, at random and in proportion, so that many callers do not come at the same moment. */
  jitterMs?: number;
  /** Resolves to 'back-off' if the other side should get no requests for a while. `stopping` aborts when the job is stopped, which waits for the run. */
  run(stopping: AbortSignal): Promise<unknown>;
  /** Each run in a row that resolves to 'back-off' doubles the interval, up to this; the interval itself by default. */
  longestMs?: number;
  logger: Logger;
  atOnce?: boolean;
  /** The first run is at a random moment within this: thousands that get their power back at one moment do not all come at once. */
  firstWithinMs?: number;
  /** Awaited after each run: why it failed, and in how many milliseconds the next one is. */
  onRun?: ((error: string | null, nextInMs: number) => Promise<void>) | undefined;
};

/** Publishes the options of each job that begins, so that a test can hold all jobs of a service to it. */
export const JOB_BEGINS = channel('ticket-check:job-begins');

/** Runs a job at intervals by no wall clock, without overlap: after one that takes longer the next starts at once. Errors are logged. */
export function every(options: EveryOptions) {
  const { name, everyMs, jitterMs = 0, run, longestMs = everyMs, logger, firstWithinMs, onRun } = options;
  let timer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let intervalMs = everyMs;

  async function runOnce(): Promise<void> {
    clearTimeout(timer);
    const startedAt = performance.now();
    let failure: string | null = null;
    try {
      intervalMs = (await run(stopping.signal)) === 'back-off' ? Math.min(2 * intervalMs, longestMs) : everyMs;
    } catch (error) {
      failure = String(error);
      logger.error({ err: error, job: name }, 'recurring job failed');
    }
    await onRun?.(failure, intervalMs);
    current = undefined;
    const spent = performance.now() - startedAt;
    // A trigger that waits for this run starts the next one itself.
    if (!stopping.signal.aborted && next === undefined)
      schedule(Math.max(0, intervalMs - Math.random() * jitterMs * (intervalMs / everyMs) - spent));
  }

  function start(): Promise<void> {
    current = runOnce();
    return current;
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(start, delayMs);
  }

  function trigger(): Promise<void> {
    if (stopping.signal.aborted) return Promise.resolve();
    if (next !== undefined) return next;
    if (current === undefined) return start();
    next = current.then(() => {
      next = undefined;
      return stopping.signal.aborted ? undefined : start();
    });
    return next;
  }

  JOB_BEGINS.publish(options);
  if (options.atOnce) start();
  else if (firstWithinMs !== undefined) schedule(Math.random() * firstWithinMs);
  else schedule(Math.max(0, everyMs - Math.random() * jitterMs));

  return {
    /** Runs now, or once more right after the run under way; resolves when that run is over. */
    trigger,
    /** No further runs; resolves when the run under way is over. */
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await current;
    },
  };
}
