import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import { every } from '@ticket-check/runtime';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KeySyncOptions, keySyncJob } from './key-cache.ts';

const MINUTE = 60_000;
const good = parseCinemaCode('33012301');
const bad = parseCinemaCode('33012302');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(options: Partial<KeySyncOptions> = {}) {
  const rounds: { at: number; cinemas: readonly CinemaCode[] }[] = [];
  const startedAt = performance.now();
  const syncAll = async (cinemas: readonly CinemaCode[]) => {
    if (cinemas.length > 0) rounds.push({ at: performance.now() - startedAt, cinemas });
    return { synced: cinemas.filter((code) => code !== bad), failed: cinemas.filter((code) => code === bad) };
  };
  const logger = pino({ level: 'silent' });
  const sync = keySyncJob({
    cache: { syncAll },
    cinemas: async () => [good],
    logger,
    everyMs: 30 * MINUTE,
    ...options,
  });
  const started = every({ name: 'key sync', logger, ...sync });
  const trigger = () => {
    sync.beginRound();
    return started.trigger();
  };
  return { job: { trigger, stop: started.stop }, rounds };
}

test('syncs at the start and again within 30 minutes, never later', async () => {
  const { job, rounds } = setUp();
  await vi.advanceTimersByTimeAsync(300 * MINUTE);
  expect(rounds[0]?.at).toBe(0);
  const gaps = rounds.slice(1).map(({ at }, index) => at - rounds[index]!.at);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(30 * MINUTE);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(26 * MINUTE);
  await job.stop();
});

test('only the cinemas that brought nothing are tried again after a minute, the others keep their pace', async () => {
  const { job, rounds } = setUp({ cinemas: async () => [good, bad] });
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(rounds[0]?.cinemas).toEqual([good, bad]);
  expect(rounds.length).toBeGreaterThanOrEqual(4);
  expect(rounds.slice(1).every(({ cinemas }) => cinemas.length === 1 && cinemas[0] === bad)).toBe(true);
  await vi.advanceTimersByTimeAsync(27 * MINUTE);
  expect(rounds.filter(({ cinemas }) => cinemas.length === 2)).toHaveLength(2);
  await job.stop();
});

test('a trigger syncs all cinemas at once, as they are now', async () => {
  const served = [good];
  const { job, rounds } = setUp({ cinemas: async () => [...served] });
  await vi.advanceTimersByTimeAsync(1);
  served.push(bad);
  await job.trigger();
  expect(rounds.at(-1)?.cinemas).toEqual([good, bad]);
  await job.stop();
});

test('a round that fails is followed by the next', async () => {
  let calls = 0;
  const { job, rounds } = setUp({
    cinemas: async () => {
      calls += 1;
      if (calls === 1) throw new Error('the database is busy');
      return [good];
    },
  });
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(rounds).toHaveLength(1);
  await job.stop();
});
