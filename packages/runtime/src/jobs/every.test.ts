import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, every, type RecurringJob } from '../index.ts';

const lines: string[] = [];
const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
let job: RecurringJob | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
});
afterEach(async () => {
  await job?.stop();
  vi.useRealTimers();
});

describe('every', () => {
  it('runs after each interval, and at once only where asked', async () => {
    const run = vi.fn(async () => {});
    job = every({ name: 'sync', everyMs: 1000, run, logger });
    await vi.advanceTimersByTimeAsync(999);
    expect(run).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3000);
    expect(run).toHaveBeenCalledTimes(4);
    await job.stop();

    const eager = vi.fn(async () => {});
    job = every({ name: 'sync', everyMs: 1000, run: eager, logger, atOnce: true });
    expect(eager).toHaveBeenCalledTimes(1);
  });

  it('shortens the interval by the jitter and never lengthens it', async () => {
    const startedAt: number[] = [];
    job = every({ name: 'sync', everyMs: 1000, jitterMs: 400, run: async () => startedAt.push(Date.now()), logger });
    await vi.advanceTimersByTimeAsync(100_000);
    const gaps = startedAt.slice(1).map((time, index) => time - (startedAt[index] as number));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(599);
    expect(new Set(gaps).size).toBeGreaterThan(10);
  });

  it('begins at a random moment within the first time that it is given', async () => {
    const startedAt: number[] = [];
    const run = async () => startedAt.push(performance.now() - begunAt);
    const begunAt = performance.now();
    const jobs = Array.from({ length: 50 }, () =>
      every({ name: 'sync', everyMs: 100_000, firstWithinMs: 5000, run, logger }),
    );
    await vi.advanceTimersByTimeAsync(5000);
    expect(startedAt).toHaveLength(50);
    expect(new Set(startedAt.map((ms) => Math.floor(ms / 1000))).size).toBeGreaterThan(2);
    await Promise.all(jobs.map((each) => each.stop()));
  });

  it('doubles the interval after each run that asks for it, up to the longest, and is back at once after another', async () => {
    const startedAt: number[] = [];
    const answers = ['back-off', 'back-off', 'back-off', 'done', 'back-off', 'done'];
    const run = async () => {
      startedAt.push(Date.now());
      return answers[startedAt.length - 1];
    };
    job = every({ name: 'sync', everyMs: 1000, longestMs: 5000, run, logger, atOnce: true });
    await vi.advanceTimersByTimeAsync(20_000);
    const gaps = startedAt.slice(1).map((time, index) => time - (startedAt[index] as number));
    expect(gaps.slice(0, 6)).toEqual([2000, 4000, 5000, 1000, 2000, 1000]);
  });

  it('never overlaps: a run longer than the interval is followed by the next one at once', async () => {
    let under = 0;
    let most = 0;
    let runs = 0;
    const run = async () => {
      runs += 1;
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      under -= 1;
    };
    job = every({ name: 'sync', everyMs: 1000, run, logger });
    await vi.advanceTimersByTimeAsync(11_005);
    expect(most).toBe(1);
    expect(runs).toBe(5);
    const stopped = job.stop();
    await vi.advanceTimersByTimeAsync(2500);
    await stopped;
  });

  it('logs an error and goes on', async () => {
    const run = vi.fn(() => Promise.reject(new Error('line is down')));
    job = every({ name: 'sync', everyMs: 1000, run, logger });
    await vi.advanceTimersByTimeAsync(2000);
    expect(run).toHaveBeenCalledTimes(2);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('line is down');
    expect(lines[0]).toContain('"job":"sync"');
  });

  it('runs when triggered, and counts the interval from there', async () => {
    const run = vi.fn(async () => {});
    job = every({ name: 'sync', everyMs: 1000, run, logger });
    await vi.advanceTimersByTimeAsync(900);
    await job.trigger();
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('runs once more after the run under way, however often it is triggered meanwhile', async () => {
    const releases: (() => void)[] = [];
    const run = vi.fn(() => new Promise<void>((resolve) => releases.push(resolve)));
    job = every({ name: 'sync', everyMs: 1000, run, logger, atOnce: true });
    const both = Promise.all([job.trigger(), job.trigger()]);
    expect(run).toHaveBeenCalledTimes(1);
    releases[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(2);
    releases[1]?.();
    await both;
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('stops after the run under way, for good', async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const run = vi.fn(() => promise);
    job = every({ name: 'sync', everyMs: 1000, run, logger, atOnce: true });
    const again = job.trigger();
    let stopped = false;
    const stopping = job.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(stopped).toBe(false);
    release();
    await Promise.all([stopping, again]);
    await job.trigger();
    await vi.advanceTimersByTimeAsync(5000);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
