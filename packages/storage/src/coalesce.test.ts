import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

/** A run that notes its groups and ends each on demand. */
function controlled(options?: { max?: number }) {
  const groups: number[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const ask = coalesce(async (items: number[]) => {
    groups.push(items);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    await end.promise;
    return items.map((item) => item * 10);
  }, options);
  return { ask, groups, ends };
}

test('runs the items of one turn together, in order, and answers each', async () => {
  const groups: number[][] = [];
  const ask = coalesce(async (items: number[]) => {
    groups.push(items);
    return items.map((item) => item * 10);
  });
  const first = ask(3);
  const second = Promise.resolve().then(() => ask(1));
  expect(await Promise.all([first, second, ask(2)])).toEqual([30, 10, 20]);
  expect(await ask(4)).toBe(40);
  expect(groups).toEqual([[3, 2, 1], [4]]);
});

test('gathers items that arrive during a run for the next one', async () => {
  const { ask, groups, ends } = controlled();
  const answers = [ask(1)];
  await nextTurn();
  answers.push(ask(2));
  await nextTurn();
  answers.push(ask(3));
  await nextTurn();
  expect(groups).toEqual([[1]]);
  ends[0]?.resolve();
  await answers[0];
  await nextTurn();
  expect(groups).toEqual([[1], [2, 3]]);
  ends[1]?.resolve();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

test('takes at most as many items into one run as it may', async () => {
  const groups: number[][] = [];
  const ask = coalesce(
    async (items: number[]) => {
      groups.push(items);
      return items;
    },
    { max: 2 },
  );
  expect(await Promise.all([1, 2, 3, 4, 5].map(ask))).toEqual([1, 2, 3, 4, 5]);
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

test('rejects the whole group of a run that fails for another reason, and no other', async () => {
  const ask = coalesce(
    async (items: number[]) => {
      if (items.includes(2)) throw new Error('no');
      return items;
    },
    { max: 2 },
  );
  const settled = await Promise.allSettled([1, 2, 3].map(ask));
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(await ask(4)).toBe(4);
});

test.each(['23505', '22021', '54000', 'SQLITE_CONSTRAINT_CHECK', 'SQLITE_TOOBIG'])(
  'rejects an item that the database refuses (%s), and answers the others of its group',
  async (code) => {
    const runs: number[][] = [];
    const ask = coalesce(async (items: number[]) => {
      runs.push(items);
      if (items.some((item) => item < 0)) throw Object.assign(new Error('refused'), { code });
      return items.map((item) => item * 10);
    });
    const settled = await Promise.allSettled([1, 2, -3, 4, 5, -6, 7, 8].map(ask));
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
      ...[10, 20, code, 40],
      ...[50, code, 70, 80],
    ]);
    // Nothing is done twice.
    const done = runs.filter((items) => items.every((item) => item > 0)).flat();
    expect(done).toEqual([1, 2, 4, 5, 7, 8]);
  },
);

test('keeps the asynchronous context of its callers out of the run and gives it back to them', async () => {
  const context = new AsyncLocalStorage<string>();
  const ask = coalesce(async (items: number[]) => items.map(() => context.getStore()));
  const seen = await context.run('caller', async () => [await ask(1), context.getStore()]);
  expect(seen).toEqual([undefined, 'caller']);
});

test('waits for others only where the group before had several items, and never once eight wait', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const runs: number[][] = [];
  const ask = coalesce(
    async (items: number[]) => {
      runs.push(items);
      return items;
    },
    { windowMs: 10 },
  );
  /** Asks for items in one turn; answers what has run `ms` later. */
  async function ranAfter(ms: number, ...items: number[]): Promise<number[][]> {
    for (const item of items) void ask(item);
    await vi.advanceTimersByTimeAsync(ms);
    await nextTurn();
    return runs.splice(0);
  }
  expect(await ranAfter(0, 1)).toEqual([[1]]);
  expect(await ranAfter(0, 2)).toEqual([[2]]);
  expect(await ranAfter(0, 3, 4)).toEqual([[3, 4]]);
  expect(await ranAfter(9, 5)).toEqual([]);
  expect(await ranAfter(1, 6)).toEqual([[5, 6]]);
  expect(await ranAfter(0, 1, 2, 3, 4, 5, 6, 7)).toEqual([]);
  expect(await ranAfter(0, 8)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8]]);
  expect(await ranAfter(10, 1)).toEqual([[1]]);
  expect(await ranAfter(0, 2)).toEqual([[2]]);
});
