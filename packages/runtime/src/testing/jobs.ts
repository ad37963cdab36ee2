import { expect, onTestFinished } from 'vitest';
import { JOB_BEGINS, type JobPace } from '../jobs/every.ts';
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
  const begun = new Map<string, JobPace>();
  const note = (pace: unknown) => void begun.set((pace as JobPace).name, pace as JobPace);
  JOB_BEGINS.subscribe(note);
  onTestFinished(() => void JOB_BEGINS.unsubscribe(note));
  await start();
  await expect.poll(() => [...begun.keys()].toSorted()).toEqual([...Object.keys(asking), ...askingNobody].toSorted());
  for (const [name, { asksWhereSomethingWaits = false }] of Object.entries(asking)) {
    const { everyMs, jitterMs, longestMs, atOnce } = begun.get(name) as JobPace;
    expect.soft(jitterMs, `jitter of ${name}`).toBeGreaterThanOrEqual(everyMs / 10);
    if (everyMs < OFTEN_MS) expect.soft(longestMs, `back-off of ${name}`).toBeGreaterThan(everyMs);
    expect.soft(atOnce, `start of ${name}`).toBe(asksWhereSomethingWaits);
  }
}
