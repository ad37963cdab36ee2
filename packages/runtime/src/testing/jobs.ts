import { expect, onTestFinished } from 'vitest';
import { type EveryOptions, JOB_BEGINS } from '../jobs/every.ts';
import { type JobDefinition, startJob, tableOfOneProcess } from '../jobs/job.ts';
import { createLogger } from '../logger.ts';

/** Starts jobs that a capability gave to its service, until the test ends. */
export async function startJobs(definitions: readonly JobDefinition[]): Promise<void> {
  const context = { table: tableOfOneProcess(), now: Date.now, logger: createLogger('test', 'silent') };
  for (const definition of definitions) {
    const job = await startJob(definition, context);
    onTestFinished(async () => void (await job.stop()));
  }
}

/** Which jobs of a service ask the one above, and which ask nobody. */
export type JobsByWhomTheyAsk = {
  /** Jobs marked so call at once only if something new waits for the service above. */
  readonly asking: Readonly<Record<string, { readonly asksWhereSomethingWaits?: true }>>;
  readonly askingNobody: readonly string[];
};

/** Less often than this needs no back-off. */
const OFTEN_MS = 60_000;

/**
 * Starts a service and expects that its jobs made by `every` ask the one above out of step with other services of their kind, and less
 * often where it does not keep up. A job that is new has to be named as one or the other.
 */
export async function expectPaces(
  start: () => Promise<unknown>,
  { asking, askingNobody }: JobsByWhomTheyAsk,
): Promise<void> {
  const begun = new Map<string, EveryOptions>();
  const note = (job: unknown) => void begun.set((job as EveryOptions).name, job as EveryOptions);
  JOB_BEGINS.subscribe(note);
  onTestFinished(() => void JOB_BEGINS.unsubscribe(note));
  await start();
  await expect.poll(() => [...begun.keys()].toSorted()).toEqual([...Object.keys(asking), ...askingNobody].toSorted());
  for (const [name, { asksWhereSomethingWaits = false }] of Object.entries(asking)) {
    const { everyMs, jitterMs = 0, longestMs = everyMs, atOnce = false } = begun.get(name) as EveryOptions;
    expect.soft(jitterMs, `jitter of ${name}`).toBeGreaterThanOrEqual(everyMs / 10);
    if (everyMs < OFTEN_MS) expect.soft(longestMs, `back-off of ${name}`).toBeGreaterThan(everyMs);
    expect.soft(atOnce, `start of ${name}`).toBe(asksWhereSomethingWaits);
  }
}
