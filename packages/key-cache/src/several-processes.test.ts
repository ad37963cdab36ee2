import { connectTo } from '@ticket-check/exchange/testing';
import { APIS, parseCinemaCode } from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeEachWay } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createKeyCache } from './key-cache.ts';
import { type KeyCacheTables, keyCacheMigrations } from './migrations.ts';
import { newUkey } from './testing/ukey.ts';

const cinema = parseCinemaCode('33012301');
const oldKey = newUkey('2026-01-01T00:00:00');
const newKey = newUkey('2026-06-01T00:00:00');
const limits = { minGapMs: 5_000, burst: 20, refillMs: 600_000 };
const demand = { olderThanMs: 0, budgetMs: 20_000 };
const names = (keys: readonly { fingerprint: string }[]) => keys.map((key) => key.fingerprint).sort();

describeEachWay('key caches that share a budget', (engine) => {
  async function setUp() {
    const source = await startNationalPlatform();
    const upstream = connectTo(source.bundle);
    onTestFinished(() => upstream.close());
    const url = await engine.url();
    const clock = { time: Date.parse('2026-07-01T12:00:00+08:00') };
    const now = () => clock.time;
    const startCache = async () =>
      createKeyCache({
        store: await engine.open<KeyCacheTables>(keyCacheMigrations, url),
        upstream: async () => upstream,
        now,
        logger: pino({ level: 'silent' }),
        limits,
      });
    const caches = [await startCache(), await startCache()] as const;
    source.keys.set(cinema, [oldKey]);
    await caches[0].syncAll([cinema]);
    for (const cache of caches) expect(names(await cache.keys(cinema))).toEqual(names([oldKey]));
    clock.time += 60_000;
    const asked = () => source.queries(APIS.getPublicKeys).length;
    return { source, clock, caches, asked };
  }

  test('have at once what another one has just fetched', async () => {
    const { source, clock, caches, asked } = await setUp();
    source.keys.set(cinema, [oldKey, newKey]);
    expect(await caches[0].refresh(cinema, demand)).toBe('refreshed');
    clock.time += 1_000;
    expect(await caches[1].refresh(cinema, demand)).toBe('limited');
    expect(names(await caches[1].keys(cinema))).toEqual(names([oldKey, newKey]));
    expect(await caches[1].refresh(cinema, { ...demand, olderThanMs: 2_000 })).toBe('fresh');
    expect(await caches[1].refreshAllowedInMs(cinema)).toBe(4_000);
    expect(asked()).toBe(2);
  });

  test('ask upstream again when the other one found it silent and the least distance is over', async () => {
    const { source, clock, caches } = await setUp();
    await source.stop();
    expect(await caches[0].refresh(cinema, demand)).toBe('failed');
    expect(await caches[1].refresh(cinema, demand)).toBe('limited');
    source.keys.set(cinema, [oldKey, newKey]);
    await source.restart();
    clock.time += limits.minGapMs;
    expect(await caches[1].refresh(cinema, demand)).toBe('refreshed');
  });
});
