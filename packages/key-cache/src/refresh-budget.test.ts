import { expect, it } from 'vitest';
import { createRefreshBudget } from './refresh-budget.ts';

const CINEMA = '33012301';

function setUp(start: number) {
  const clock = { time: start };
  return { clock, budget: createRefreshBudget({ minGapMs: 5_000, burst: 20, refillMs: 600_000 }, () => clock.time) };
}

it('slows a day-long flood of demands to one fetch in 30 seconds and never stops it', () => {
  const { clock, budget } = setUp(1_000_000);
  const taken: number[] = [];
  for (let second = 0; second < 86_400; second += 1) {
    if (budget.take(CINEMA)) taken.push(clock.time);
    clock.time += 1_000;
  }
  const gaps = taken.slice(1).map((time, index) => time - (taken[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(31_000);
  expect(taken.length).toBeLessThanOrEqual(20 + 86_400 / 30 + 1);
  expect(budget.take('another cinema')).toBe(true);
});

it('is not closed by a clock that is set back by an hour', () => {
  const { clock, budget } = setUp(10_000_000);
  for (let fetch = 0; fetch < 24; fetch += 1) {
    clock.time += budget.waitMs(CINEMA);
    budget.take(CINEMA);
  }
  clock.time -= 3_600_000;
  expect(budget.take(CINEMA)).toBe(true);
  expect(budget.waitMs(CINEMA)).toBe(5_000);
});
