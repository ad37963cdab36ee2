import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger, daily, type JobMemory, type RecurringJob } from './index.ts';

const logger = createLogger('test', 'silent');
const at = (time: string) => Date.parse(`${time}+08:00`);
let job: RecurringJob | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await job?.stop();
  vi.useRealTimers();
});

/** What is kept of the runs, as a database would. */
function memoryOf(lastRun: string | null) {
  const kept = { at: lastRun === null ? null : at(lastRun), error: null as string | null };
  const memory: JobMemory = {
    lastRun: async () => kept.at,
    async note(run) {
      kept.error = run.error;
      if (run.error === null) kept.at = run.at;
    },
  };
  return { kept, memory };
}

type Start = { hours: number[]; jitterMs?: number; outcome?: () => 'done' | 'put-off'; lastRun?: string | null };

/** The times of day, by the clock that is faked, at which a job ran. */
function startAt(time: string, { outcome = () => 'done', lastRun = time, ...options }: Start) {
  vi.setSystemTime(at(time));
  const { kept, memory } = memoryOf(lastRun);
  const ran: string[] = [];
  job = daily({
    name: 'purge',
    ...options,
    memory,
    now: Date.now,
    logger,
    async run() {
      ran.push(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16));
      return outcome();
    },
  });
  return { ran, kept };
}

const hours = (count: number) => vi.advanceTimersByTimeAsync(count * 3_600_000);

it('runs at its hours of Asia/Shanghai, and not at the start where none was missed', async () => {
  const { ran } = startAt('2026-11-24T10:30:00', { hours: [4, 10] });
  await hours(17);
  expect(ran).toEqual([]);
  await hours(1);
  expect(ran).toEqual(['2026-11-25T04:00']);
  await hours(24);
  expect(ran).toEqual(['2026-11-25T04:00', '2026-11-25T10:00', '2026-11-26T04:00']);
});

it.each(['2026-11-23T10:30:00', null])('runs a minute after the start where it last ran at %s', async (lastRun) => {
  const { ran } = startAt('2026-11-24T09:00:00', { hours: [4], lastRun });
  await hours(13);
  expect(ran).toEqual(['2026-11-24T09:01']);
});

it('begins up to its jitter later, each day by the same time', async () => {
  const { ran } = startAt('2026-11-24T03:00:00', { hours: [4], jitterMs: 3_600_000 });
  await hours(1);
  expect(ran).toEqual([]);
  await hours(1);
  expect(ran).toHaveLength(1);
  await hours(24);
  expect(new Set(ran.map((time) => time.slice(11))).size).toBe(1);
});

it('runs again ten minutes after a run that failed or was put off, and keeps why it failed', async () => {
  const outcomes: (() => 'done' | 'put-off')[] = [
    () => {
      throw new Error('no disk');
    },
    () => 'put-off',
  ];
  const { ran, kept } = startAt('2026-11-24T03:55:00', { hours: [4], outcome: () => outcomes.shift()?.() ?? 'done' });
  await vi.advanceTimersByTimeAsync(6 * 60_000);
  expect(kept).toEqual({ at: at('2026-11-24T03:55:00'), error: 'Error: no disk' });
  await hours(23);
  expect(ran).toEqual(['2026-11-24T04:00', '2026-11-24T04:10', '2026-11-24T04:20']);
  expect(kept.error).toBe(null);
});

it('runs where the clock is set over its hour, and when it is set back', async () => {
  const { ran } = startAt('2026-11-24T03:00:00', { hours: [4] });
  vi.setSystemTime(at('2036-06-01T12:00:00'));
  await vi.advanceTimersByTimeAsync(2000);
  vi.setSystemTime(at('2026-11-24T03:10:00'));
  await hours(1);
  expect(ran).toEqual(['2036-06-01T12:00', '2026-11-24T03:10', '2026-11-24T04:00']);
});
