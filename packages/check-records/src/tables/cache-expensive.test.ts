import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheExpensive, FEW_ROWS } from './cache-expensive.ts';

const LOOK_MS = 50;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Counts its calls; each takes 50 ms by default. */
function counting(rows: number, lookMs = LOOK_MS) {
  let looks = 0;
  return cacheExpensive(
    (kind: string) => kind,
    async () => {
      looks += 1;
      vi.advanceTimersByTime(lookMs);
      return { value: looks, rows };
    },
  );
}

test('few rows are looked through whenever somebody asks', async () => {
  const look = counting(FEW_ROWS);
  expect([await look('a'), await look('a')]).toEqual([1, 2]);
});

test('what was found in many rows is remembered for a hundred times as long as it took, each kind by itself', async () => {
  const look = counting(FEW_ROWS + 1);
  expect([await look('a'), await look('a'), await look('b')]).toEqual([1, 1, 2]);
  vi.advanceTimersByTime(100 * LOOK_MS - LOOK_MS - 1);
  expect(await look('a')).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await Promise.all([look('a'), look('a')])).toEqual([3, 3]);
});

test('nothing is remembered for more than five minutes, however long it took', async () => {
  const look = counting(FEW_ROWS + 1, 60_000);
  expect(await look('a')).toBe(1);
  vi.advanceTimersByTime(300_000 - 1);
  expect(await look('a')).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await look('a')).toBe(2);
});

test('a look that failed is not remembered', async () => {
  let fails = true;
  const look = cacheExpensive(
    () => '',
    async (_: null) => {
      vi.advanceTimersByTime(LOOK_MS);
      if (fails) throw new Error('no');
      return { value: 1, rows: FEW_ROWS + 1 };
    },
  );
  await expect(look(null)).rejects.toThrow('no');
  fails = false;
  expect(await look(null)).toBe(1);
  vi.advanceTimersByTime(100 * LOOK_MS);
  fails = true;
  await expect(look(null)).rejects.toThrow('no');
  fails = false;
  expect(await look(null)).toBe(1);
});
