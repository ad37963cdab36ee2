import { describeEachEngine } from '@ticket-check/storage/testing';
import { describe, expect, it, test } from 'vitest';
import { type KeyCacheTables, keyCacheMigrations } from './key-store.ts';
import { type Allowance, createRefreshBudget, spend, waitOf } from './refresh-budget.ts';

describe('an allowance', () => {
  const limits = { minGapMs: 5_000, burst: 20, refillMs: 600_000 };

  /** One allowance with a clock of its own. */
  function setUp(start: number) {
    const clock = { time: start };
    let allowance: Allowance | null = null;
    const waitMs = () => waitOf(allowance, clock.time, limits);
    const take = () => {
      if (waitMs() > 0) return false;
      allowance = spend(allowance, clock.time, limits);
      return true;
    };
    return { clock, waitMs, take };
  }

  it('slows a day-long flood of demands to one fetch in 30 seconds and never stops it', () => {
    const { clock, take } = setUp(1_000_000);
    const taken: number[] = [];
    for (let second = 0; second < 86_400; second += 1) {
      if (take()) taken.push(clock.time);
      clock.time += 1_000;
    }
    const gaps = taken.slice(1).map((time, index) => time - (taken[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(31_000);
    expect(taken.length).toBeLessThanOrEqual(20 + 86_400 / 30 + 1);
  });

  it('is not closed by a clock that is set back by an hour', () => {
    const { clock, waitMs, take } = setUp(10_000_000);
    for (let fetch = 0; fetch < 24; fetch += 1) {
      clock.time += waitMs();
      take();
    }
    clock.time -= 3_600_000;
    expect(take()).toBe(true);
    expect(waitMs()).toBe(5_000);
  });
});

describeEachEngine('a budget that processes share', (engine) => {
  const limits = { minGapMs: 1_000, burst: 20, refillMs: 60_000 };
  const CINEMA = '33012301';

  async function setUp() {
    const url = await engine.url();
    const clock = { time: 1_000_000_000 };
    const stores = [await open(), await open()] as const;
    function open() {
      return engine.open<KeyCacheTables>(keyCacheMigrations, url);
    }
    const at = (store: (typeof stores)[number], ahead = 0) =>
      createRefreshBudget(store, limits, () => clock.time + ahead);
    return { clock, stores, at };
  }

  test('gives one fetch to one of them, and the next not before the least distance', async () => {
    const { clock, stores, at } = await setUp();
    const [one, other] = [at(stores[0]), at(stores[1])];
    for (let round = 0; round < 5; round += 1) {
      const taken = await Promise.all([one, other, one, other].map((budget) => budget.take(CINEMA)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await other.waitMs(CINEMA)).toBe(1_000);
      clock.time += 999;
      expect(await other.take(CINEMA)).toBe(false);
      expect(await other.take(`cinema of round ${round}`)).toBe(true);
      clock.time += 1;
    }
  });

  test('allows in a flood as many fetches as a single process, even with a clock some seconds ahead', async () => {
    const { clock, stores, at } = await setUp();
    const budgets = [at(stores[0]), at(stores[1], 5_000)];
    let taken = 0;
    for (let second = 0; second < 300; second += 1) {
      for (const budget of budgets) taken += (await budget.take(CINEMA)) ? 1 : 0;
      clock.time += 1_000;
    }
    expect(taken).toBeGreaterThanOrEqual(100);
    expect(taken).toBeLessThanOrEqual(20 + 305 / 3 + 1);
  });
});
