import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger, daily, type RecurringJob } from './index.ts';

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

/** The times of day, by the clock that is faked, at which a job ran. */
function startAt(time: string, options: { hours: number[]; jitterMs?: number; fails?: boolean }) {
  vi.setSystemTime(at(time));
  const ran: string[] = [];
  job = daily({
    name: 'purge',
    ...options,
    now: Date.now,
    logger,
    async run() {
      ran.push(new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 16));
      if (options.fails) throw new Error('no disk');
    },
  });
  return ran;
}

const hours = (count: number) => vi.advanceTimersByTimeAsync(count * 3_600_000);

it('runs at its hours of Asia/Shanghai, and not at the start', async () => {
  const ran = startAt('2026-11-24T10:30:00', { hours: [4, 10] });
  await hours(17);
  expect(ran).toEqual([]);
  await hours(1);
  expect(ran).toEqual(['2026-11-25T04:00']);
  await hours(24);
  expect(ran).toEqual(['2026-11-25T04:00', '2026-11-25T10:00', '2026-11-26T04:00']);
});

it('begins up to its jitter later, each day by the same time', async () => {
  const ran = startAt('2026-11-24T03:00:00', { hours: [4], jitterMs: 3_600_000 });
  await hours(1);
  expect(ran).toEqual([]);
  await hours(1);
  expect(ran).toHaveLength(1);
  await hours(24);
  expect(new Set(ran.map((time) => time.slice(11))).size).toBe(1);
});

it('goes on after a run that failed', async () => {
  const ran = startAt('2026-11-24T03:00:00', { hours: [4], fails: true });
  await hours(26);
  expect(ran).toEqual(['2026-11-24T04:00', '2026-11-25T04:00']);
});

it('runs where the clock is set over its hour, and when it is set back', async () => {
  const ran = startAt('2026-11-24T03:00:00', { hours: [4] });
  vi.setSystemTime(at('2036-06-01T12:00:00'));
  await vi.advanceTimersByTimeAsync(2000);
  vi.setSystemTime(at('2026-11-24T03:10:00'));
  await hours(1);
  expect(ran).toEqual(['2036-06-01T12:00', '2026-11-24T03:10', '2026-11-24T04:00']);
});
