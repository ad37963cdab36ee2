import { afterEach, expect, it, vi } from 'vitest';
import { purgeInSlices, runSlice } from './slices.ts';

const HOUR_MS = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

it('leaves the database to others for three times as long as a slice took', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pause = vi.fn(async () => {});
  const work = async () => {
    vi.advanceTimersByTime(40);
    return 'done';
  };
  expect(await runSlice(work, { pause })).toBe('done');
  expect(pause.mock.calls).toEqual([[120, undefined]]);
});

it('deletes slice by slice until one is not full', async () => {
  const rows = Array.from({ length: 7 });
  const deleteSlice = vi.fn(async (size: number) => rows.splice(0, size).length);
  expect(await purgeInSlices(3, deleteSlice, new AbortController().signal)).toBe(7);
  expect(deleteSlice).toHaveBeenCalledTimes(3);
});

it('ends with the slice during which it is stopped, and waits for no pause', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const stopping = new AbortController();
  const deleteSlice = vi.fn(async (size: number) => {
    vi.advanceTimersByTime(HOUR_MS);
    setImmediate(() => stopping.abort());
    return size;
  });
  expect(await purgeInSlices(3, deleteSlice, stopping.signal)).toBe(3);
  expect(await purgeInSlices(3, deleteSlice, stopping.signal)).toBe(0);
  expect(deleteSlice).toHaveBeenCalledTimes(1);
});
