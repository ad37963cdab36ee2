import { expect, it } from 'vitest';
import { createRefreshBudget } from './refresh-budget.ts';

it('lets one through in a while for each name, also after the clock was set back by an hour', () => {
  const clock = { time: 10_000_000 };
  const budget = createRefreshBudget(5_000, () => clock.time);
  expect([budget.take('a'), budget.take('a'), budget.take('b')]).toEqual([true, false, true]);
  expect(budget.waitMs('a')).toBe(5_000);
  clock.time += 5_000;
  expect(budget.take('a')).toBe(true);
  clock.time -= 3_600_000;
  expect(budget.take('a')).toBe(true);
});
