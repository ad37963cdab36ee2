import { expect, onTestFinished, test, vi } from 'vitest';
import { watchSilence } from './watch-silence.ts';

test('a stream is silent once nothing came for as long as its service said, and not before it said so', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const whenSilent = vi.fn();
  const silence = watchSilence(whenSilent);
  silence.heard();
  vi.advanceTimersByTime(3_600_000);
  expect(whenSilent).not.toHaveBeenCalled();

  silence.heard(35_000);
  vi.advanceTimersByTime(34_999);
  silence.heard();
  vi.advanceTimersByTime(34_999);
  expect(whenSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(whenSilent).toHaveBeenCalledTimes(1);

  silence.heard();
  silence.end();
  vi.advanceTimersByTime(3_600_000);
  expect(whenSilent).toHaveBeenCalledTimes(1);
});
