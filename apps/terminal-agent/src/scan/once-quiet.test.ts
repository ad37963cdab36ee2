import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onceQuiet } from './debounce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PACE = { quietMs: 100, longestMs: 1000 };

it('works once for calls that follow each other, when they have ceased', () => {
  const work = vi.fn();
  const call = onceQuiet(work, PACE);
  for (let times = 0; times < 5; times += 1) {
    call();
    vi.advanceTimersByTime(99);
  }
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(work).toHaveBeenCalledTimes(1);
});

it('works in the midst of calls that do not cease, each time after the longest wait', () => {
  const work = vi.fn();
  const call = onceQuiet(work, PACE);
  for (let ms = 0; ms < 3000; ms += 50) {
    call();
    vi.advanceTimersByTime(50);
  }
  expect(work).toHaveBeenCalledTimes(3);
});
