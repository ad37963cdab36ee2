// @module-tag service
import { JOB_BEGINS, type JobPace } from '@ticket-check/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { createSite } from './testing/test-platform.ts';

/** The jobs that ask the platform above. Those that begin at once ask only where something waits that it was not told before. */
const ASKING = {
  'business days': { asksWhereSomethingWaits: true },
  'undone-entries': { asksWhereSomethingWaits: true },
  'follow changes': {},
  'restore watch': {},
} as const;

const ASKING_NOBODY = [
  'audit',
  'certificate',
  'completeness',
  'deadlines',
  'e-ticket keys',
  'end sessions',
  'forget key questions',
  'forget told scans',
  'open claims',
  'purge',
  'purge changes',
  'purge e-tickets',
  'purge refunds',
  'purge releases',
  'quarantine review',
  'restore moment',
  'store probe',
  'terminal states',
  'watch commands',
];

/** Less often than this needs no back-off. */
const OFTEN_MS = 60_000;

it('asks the platform above out of step with other platforms, and less often where it does not keep up', async () => {
  const begun = new Map<string, JobPace>();
  const note = (pace: unknown) => void begun.set((pace as JobPace).name, pace as JobPace);
  JOB_BEGINS.subscribe(note);
  onTestFinished(() => void JOB_BEGINS.unsubscribe(note));
  const site = await createSite('');
  await site.start();
  // A job that is new is one or the other.
  await expect.poll(() => [...begun.keys()].toSorted()).toEqual([...Object.keys(ASKING), ...ASKING_NOBODY].toSorted());
  for (const [name, { asksWhereSomethingWaits = false }] of Object.entries<{ asksWhereSomethingWaits?: boolean }>(
    ASKING,
  )) {
    const { everyMs, jitterMs, longestMs, atOnce } = begun.get(name) as JobPace;
    expect.soft(jitterMs, `jitter of ${name}`).toBeGreaterThanOrEqual(everyMs / 10);
    if (everyMs < OFTEN_MS) expect.soft(longestMs, `back-off of ${name}`).toBeGreaterThan(everyMs);
    expect.soft(atOnce, `start of ${name}`).toBe(asksWhereSomethingWaits);
  }
});
