import { parseWallClock } from '@ticket-check/protocol';
import type { JobDefinition } from '@ticket-check/runtime';
import { startJobs } from '@ticket-check/runtime/testing';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { createRequestLimit, type SharedLimitTables, sharedLimitMigrations, shareLimits } from './request-limit.ts';

describeBehindPooler('limits that processes share', (engine) => {
  async function setUp() {
    const url = await engine.migratedUrl(sharedLimitMigrations);
    const start = async () => {
      const store = await engine.open<SharedLimitTables>(sharedLimitMigrations, url);
      const limit = createRequestLimit(1000);
      const jobs: JobDefinition[] = [];
      const job = (definition: JobDefinition) => {
        jobs.push(definition);
        return { trigger: async () => {}, isHere: () => true };
      };
      shareLimits({ now: Date.now, job }, { store, limits: { claims: limit } });
      await startJobs(jobs);
      const isSpent = (username: string, minute = '2026-11-30T20:00') => {
        try {
          limit.spend(username, parseWallClock(`${minute}:07`), () => {});
          return false;
        } catch {
          return true;
        }
      };
      const rows = () => store.db.selectFrom('sharedLimit').selectAll().execute();
      return {
        isSpent,
        spend: (n: number, username: string) => Array.from({ length: n }, () => isSpent(username)),
        rows,
      };
    };
    return [await start(), await start()] as const;
  }

  test('refuse at one process what an account has spent at another', async () => {
    const [one, other] = await setUp();
    expect(one.spend(890, 'busy')).not.toContain(true);
    expect(other.spend(100, 'busy')).not.toContain(true);
    await expect.poll(() => Promise.resolve(other.isSpent('busy'))).toBe(true);
    expect(other.isSpent('another')).toBe(false);
    expect(other.isSpent('busy', '2026-11-30T20:01')).toBe(false);
  });

  test('write nothing about accounts that spend less than a tenth', async () => {
    const [one, other] = await setUp();
    one.spend(99, 'quiet');
    other.spend(100, 'busy');
    await expect
      .poll(async () => (await one.rows()).map(({ spent }) => JSON.parse(spent)))
      .toMatchObject([{ claims: [{ username: 'busy', count: 100 }] }]);
  });
});
