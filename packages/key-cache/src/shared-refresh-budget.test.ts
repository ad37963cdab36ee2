import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import {
  createSharedRefreshBudget,
  type RefreshBudgetTables,
  refreshBudgetMigrations,
} from './shared-refresh-budget.ts';

const limits = { minGapMs: 1_000, burst: 20, refillMs: 60_000 };
const CINEMA = '33012301';

describeEachEngine('a budget that processes share', (engine) => {
  async function setUp() {
    const url = await engine.url();
    const clock = { time: 1_000_000_000 };
    const stores = [await open(), await open()] as const;
    function open() {
      return engine.open<RefreshBudgetTables>(refreshBudgetMigrations, url);
    }
    const at = (store: (typeof stores)[number], ahead = 0) =>
      createSharedRefreshBudget(store, limits, () => clock.time + ahead);
    return { clock, stores, at };
  }

  test('gives one fetch to one of them, and the next not before the least distance', async () => {
    const { clock, stores, at } = await setUp();
    const [one, other] = [at(stores[0]), at(stores[1])];
    for (let round = 0; round < 5; round += 1) {
      const taken = await Promise.all([one, other, one, other].map((budget) => budget.take(CINEMA)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await one.takenAt(CINEMA)).toBe(clock.time);
      expect(await other.waitMs(CINEMA)).toBe(1_000);
      clock.time += 999;
      expect(await other.take(CINEMA)).toBe(false);
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

  test('writes nothing where none is left, and one row a cinema', async () => {
    const { stores, at } = await setUp();
    const budget = at(stores[0]);
    expect(await budget.takenAt(CINEMA)).toBeNull();
    const rows = () => stores[0].db.selectFrom('keyRefresh').selectAll().execute();
    expect(await rows()).toEqual([]);
    expect(await budget.take(CINEMA)).toBe(true);
    const after = await rows();
    expect(after).toHaveLength(1);
    expect(await budget.take(CINEMA)).toBe(false);
    expect(await rows()).toEqual(after);
  });
});
