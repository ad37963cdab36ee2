import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger, type Job } from '../index.ts';
import { daily, tableOfOneProcess } from './job.ts';

const logger = createLogger('test', 'silent');
const at = (time: string) => Date.parse(`${time}+08:00`);
let job: Job | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  await job?.stop();
  vi.useRealTimers();
});

type Start = {
  hours: number[];
  jitterMs?: number;
  outcome?: () => 'done' | 'put-off';
  nextRun?: string;
};

/** The times of day, by the clock that is faked, at which a job ran. */
async function startAt(time: string, { outcome = () => 'done', nextRun, ...options }: Start) {
  vi.setSystemTime(at(time));
  const table = tableOfOneProcess();
  if (nextRun !== undefined) await table.note('purge', { at: 0, error: null, nextAt: at(nextRun) });
  const ran: string[] = [];
  job = daily({
    name: 'purge',
    ...options,
    table,
    now: Date.now,
    logger,
    async run() {
      ran.push(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16));
      return outcome();
    },
  });
  return { ran, kept: async () => (await table.list())[0] };
}

const hours = (count: number) => vi.advanceTimersByTimeAsync(count * 3_600_000);

it('runs at its hours of Asia/Shanghai, and not at the start where none was missed', async () => {
  const { ran } = await startAt('2026-11-24T10:30:00', { hours: [4, 10], nextRun: '2026-11-25T04:00:00' });
  await hours(17);
  expect(ran).toEqual([]);
  await hours(1);
  expect(ran).toEqual(['2026-11-25T04:00']);
  await hours(24);
  expect(ran).toEqual(['2026-11-25T04:00', '2026-11-25T10:00', '2026-11-26T04:00']);
});

it.each(['2026-11-24T04:00:00', undefined])('runs a minute after the start where it was due at %s', async (nextRun) => {
  const { ran } = await startAt('2026-11-24T09:00:00', { hours: [4], ...(nextRun !== undefined && { nextRun }) });
  await hours(13);
  expect(ran).toEqual(['2026-11-24T09:01']);
});

it('begins up to its jitter later, each day by the same time', async () => {
  const { ran } = await startAt('2026-11-24T03:00:00', {
    ...{ hours: [4], jitterMs: 3_600_000, nextRun: '2026-11-24T04:00:00' },
  });
  await hours(49);
  expect(ran[0]).toBe('2026-11-24T04:00');
  const times = new Set(ran.slice(1).map((time) => time.slice(11)));
  expect([times.size, ran.length]).toEqual([1, 3]);
});

it('runs again ten minutes after a run that failed or was put off, and keeps why it failed', async () => {
  const outcomes: (() => 'done' | 'put-off')[] = [
    () => {
      throw new Error('no disk');
    },
    () => 'put-off',
  ];
  const { ran, kept } = await startAt('2026-11-24T03:55:00', {
    hours: [4],
    nextRun: '2026-11-24T04:00:00',
    outcome: () => outcomes.shift()?.() ?? 'done',
  });
  await vi.advanceTimersByTimeAsync(6 * 60_000);
  expect(await kept()).toMatchObject({ lastRunAt: 0, lastError: 'Error: no disk' });
  await hours(23);
  expect(ran).toEqual(['2026-11-24T04:00', '2026-11-24T04:10', '2026-11-24T04:20']);
  expect(await kept()).toMatchObject({ lastError: null, nextRunAt: at('2026-11-25T04:00:00') });
});

it('runs where the clock is set over its hour, and when it is set back', async () => {
  const { ran } = await startAt('2026-11-24T03:00:00', { hours: [4], nextRun: '2026-11-24T04:00:00' });
  await vi.advanceTimersByTimeAsync(60_000);
  vi.setSystemTime(at('2036-06-01T12:00:00'));
  await vi.advanceTimersByTimeAsync(2000);
  vi.setSystemTime(at('2026-11-24T03:10:00'));
  await hours(1);
  expect(ran).toEqual(['2036-06-01T12:00', '2026-11-24T03:10', '2026-11-24T04:00']);
});
