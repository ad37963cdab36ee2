import { expect, test } from 'vitest';
import { createRefreshBudget } from './refresh-budget.ts';

const limits = { minGapMs: 5_000, burst: 20, refillMs: 600_000 };

function budgetAt(start: number) {
  const clock = { time: start };
  return { clock, budget: createRefreshBudget(limits, () => clock.time) };
}

test('allows one fetch, and the next not before the least distance', () => {
  const { clock, budget } = budgetAt(1_000_000);
  expect(budget.take('33012301')).toBe(true);
  clock.time += 4_999;
  expect(budget.take('33012301')).toBe(false);
  expect(budget.waitMs('33012301')).toBe(1);
  clock.time += 1;
  expect(budget.take('33012301')).toBe(true);
});

test('one cinema cannot use up the fetches of another', () => {
  const { budget } = budgetAt(1_000_000);
  expect(budget.take('33012301')).toBe(true);
  expect(budget.take('33012302')).toBe(true);
});

test('a day-long flood of demands is slowed to one fetch in 30 seconds and never stopped', () => {
  const { clock, budget } = budgetAt(1_000_000);
  const taken: number[] = [];
  for (let second = 0; second < 86_400; second += 1) {
    if (budget.take('33012301')) taken.push(clock.time);
    clock.time += 1_000;
  }
  const gaps = taken.slice(1).map((time, index) => time - (taken[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(31_000);
  expect(taken.length).toBeLessThanOrEqual(20 + 86_400 / 30 + 1);
});

test('says how long to wait when the burst is spent', () => {
  const { clock, budget } = budgetAt(1_000_000);
  for (let fetch = 0; fetch < 24; fetch += 1) {
    clock.time += budget.waitMs('33012301');
    expect(budget.take('33012301')).toBe(true);
  }
  const wait = budget.waitMs('33012301');
  expect(wait).toBeGreaterThan(5_000);
  expect(wait).toBeLessThanOrEqual(30_000);
});

test('a clock that is set back by an hour does not close a cinema', () => {
  const { clock, budget } = budgetAt(10_000_000);
  for (let fetch = 0; fetch < 24; fetch += 1) {
    clock.time += budget.waitMs('33012301');
    budget.take('33012301');
  }
  clock.time -= 3_600_000;
  expect(budget.take('33012301')).toBe(true);
  expect(budget.waitMs('33012301')).toBe(5_000);
});
