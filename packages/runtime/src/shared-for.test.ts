import { afterEach, beforeEach, expect, it, test, vi } from 'vitest';
import { createLruCache, sharedFor } from './shared-for.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('shares an answer for a while from the start of its computation, and computes again afterwards', async () => {
  let computed = 0;
  const ask = sharedFor(1000, async () => {
    computed += 1;
    await new Promise((resolve) => setTimeout(resolve, 400));
    return computed;
  });
  const first = [ask(), ask()];
  await vi.advanceTimersByTimeAsync(400);
  expect(await Promise.all(first)).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(599);
  expect(await ask()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  const second = ask();
  await vi.advanceTimersByTimeAsync(400);
  expect(await second).toBe(2);
});

it('computes nothing twice at a time, however long it takes, and keeps no failure', async () => {
  let computed = 0;
  const ask = sharedFor(1000, async () => {
    computed += 1;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    throw new Error(`failure ${computed}`);
  });
  const first = expect(ask()).rejects.toThrow('failure 1');
  await vi.advanceTimersByTimeAsync(4000);
  const joined = expect(ask()).rejects.toThrow('failure 1');
  await vi.advanceTimersByTimeAsync(1000);
  await Promise.all([first, joined]);
  const again = expect(ask()).rejects.toThrow('failure 2');
  await vi.advanceTimersByTimeAsync(5000);
  await again;
});

it('computes again at once after an answer that is not to be kept', async () => {
  let computed = 0;
  const ask = sharedFor(
    (answer) => (answer > 2 ? 1000 : 0),
    async () => ++computed,
  );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  expect(await ask()).toBe(2);
  expect(await ask()).toBe(3);
  expect(await ask()).toBe(3);
});

test('a full cache lets go of what was not used for longest', () => {
  const cache = createLruCache<number>(3);
  for (const [number, key] of ['a', 'b', 'c'].entries()) cache.set(key, number);
  expect(cache.get('a')).toBe(0);
  cache.set('d', 3);
  cache.set('d', 4);
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([0, undefined, 2, 4]);
});
