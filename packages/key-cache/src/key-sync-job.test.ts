import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KeySyncOptions, keySyncJob } from './key-sync-job.ts';

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
    rounds.push({ at: performance.now() - startedAt, cinemas });
    return { synced: cinemas.filter((code) => code !== bad), failed: cinemas.filter((code) => code === bad) };
  };
  const job = keySyncJob({
    cache: { syncAll },
    cinemas: async () => [good],
    logger: pino({ level: 'silent' }),
    random: () => 0,
    ...options,
  });
  return { job, rounds };
}

test('syncs at the start and every 30 minutes', async () => {
  const { job, rounds } = setUp();
  await vi.advanceTimersByTimeAsync(61 * MINUTE);
  expect(rounds.map(({ at }) => at)).toEqual([0, 30 * MINUTE, 60 * MINUTE]);
  await job.stop();
});

test('jitter shortens the wait and never lengthens it', async () => {
  const { job, rounds } = setUp({ random: () => 0.999, jitterMs: 3 * MINUTE });
  await vi.advanceTimersByTimeAsync(30 * MINUTE);
  expect(rounds).toHaveLength(2);
  expect(rounds[1]?.at).toBeGreaterThanOrEqual(27 * MINUTE);
  expect(rounds[1]?.at).toBeLessThan(30 * MINUTE);
  await job.stop();
});

test('only the cinemas that brought nothing are tried again after a minute, the others keep their pace', async () => {
  const { job, rounds } = setUp({ cinemas: async () => [good, bad] });
  await vi.advanceTimersByTimeAsync(2 * MINUTE);
  expect(rounds.map(({ cinemas }) => cinemas)).toEqual([[good, bad], [bad], [bad]]);
  await vi.advanceTimersByTimeAsync(28 * MINUTE);
  expect(rounds.filter(({ cinemas }) => cinemas.length === 2).map(({ at }) => at)).toEqual([0, 30 * MINUTE]);
  await job.stop();
});

test('what brought nothing is tried again somewhat sooner than a minute, by chance', async () => {
  const { job, rounds } = setUp({ cinemas: async () => [bad], random: () => 0.8 });
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(rounds.map(({ at }) => at)).toEqual([0, 48_000]);
  await job.stop();
});

test('asks for the cinemas again in every round', async () => {
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

test('nothing is fetched after the stop', async () => {
  const { job, rounds } = setUp();
  await vi.advanceTimersByTimeAsync(1);
  await job.stop();
  await job.trigger();
  await vi.advanceTimersByTimeAsync(120 * MINUTE);
  expect(rounds).toHaveLength(1);
});
