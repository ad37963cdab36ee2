// @module-tag service
import { connectTo } from '@ticket-check/exchange/testing';
import { APIS, parseCinemaCode } from '@ticket-check/protocol';
import { makeUkey } from '@ticket-check/protocol/testing';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createKeyCache, createRefreshBudget } from './key-cache.ts';
import { type KeyCacheTables, keyCacheMigrations } from './key-store.ts';
import { weakSpki } from './testing/index.ts';

const cinema = parseCinemaCode('33012301');
const other = parseCinemaCode('33012302');
const oldKey = makeUkey('2026-01-01T00:00:00').key;
const newKey = makeUkey('2026-06-01T00:00:00').key;
const futureKey = makeUkey('2027-01-01T00:00:00').key;

const refreshGapMs = 5_000;

const names = (keys: readonly { fingerprint: string }[]) => keys.map((key) => key.fingerprint).sort();

describeEachEngine('key cache', ({ engine, open, migratedUrl }) => {
  /** A cache that has fetched these keys of the cinema. */
  async function setUp(...fetched: (typeof oldKey)[]) {
    const source = await startNationalPlatform();
    const upstream = connectTo(source.bundle);
    onTestFinished(() => upstream.close());
    const asked = () => source.queries(APIS.getPublicKeys).map(({ CinemaCode }) => CinemaCode);
    const storeUrl = await migratedUrl(keyCacheMigrations);
    const clock = { time: Date.parse('2026-07-01T12:00:00+08:00') };
    const replaced: string[] = [];
    const cacheOn = async () => {
      const cache = createKeyCache({
        store: await open<KeyCacheTables>(keyCacheMigrations, storeUrl),
        upstream: async () => upstream,
        now: () => clock.time,
        logger: pino({ level: 'silent' }),
        refreshGapMs,
        fetchTimeoutMs: 2_000,
      });
      cache.onReplaced((cinemaCode) => replaced.push(cinemaCode));
      return cache;
    };
    const openRows = async () => (await open<KeyCacheTables>(keyCacheMigrations, storeUrl)).db;
    const cache = await cacheOn();
    if (fetched.length > 0) {
      source.keys.set(cinema, fetched);
      await cache.syncAll([cinema]);
    }
    return { source, asked, clock, replaced, cache, cacheOn, open: openRows };
  }

  const demand = { olderThanMs: 0, budgetMs: 2_000 };

  test('if upstream sends new keys each time, the latest 256 stay, beside those in use', async () => {
    const { cache, cacheOn, source, open: openRows } = await setUp();
    const db = await openRows();
    const { spki } = oldKey;
    const earlier = Array.from({ length: 300 }, (_, n) => ({
      cinemaCode: cinema,
      fingerprint: String(n),
      spki,
      current: 0,
      startTime: `2026-03-01T00:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`,
    }));
    await db.insertInto('cachedKey').values(earlier).execute();
    source.keys.set(cinema, [oldKey, newKey]);
    await cache.syncAll([cinema]);
    const kept = await db.selectFrom('cachedKey').selectAll().where('cinemaCode', '=', cinema).execute();
    expect(kept).toHaveLength(256);
    expect(names(kept)).toEqual(names([oldKey, newKey, ...earlier.slice(-254)]));
    expect(await (await cacheOn()).keysEver(cinema)).toHaveLength(256);
    const [status] = await cache.status();
    expect(status?.alarm).toMatch(/more than 256 keys; the 46 with the earliest StartTime/);
  });

  test('a reply replaces the whole set, and a replaced key is still known for old records', async () => {
    const { cache, cacheOn, source } = await setUp(oldKey);
    source.keys.set(cinema, [newKey, futureKey]);
    await cache.syncAll([cinema]);
    for (const each of [cache, await cacheOn()]) {
      expect(names(await each.keys(cinema))).toEqual(names([newKey, futureKey]));
      expect(names(await each.keysEver(cinema))).toEqual(names([oldKey, newKey, futureKey]));
    }
    source.keys.set(cinema, [oldKey, newKey]);
    await cache.syncAll([cinema]);
    expect(names(await cache.keys(cinema))).toEqual(names([oldKey, newKey]));
  });

  test('one broken key among good ones raises an alarm that the next good reply clears', async () => {
    const { cache, source } = await setUp();
    const broken = { PublicKey: 'not a key', StartTime: '2026-06-01T00:00:00' };
    const mend = source.replace(APIS.getPublicKeys, () => ({
      PublicKeys: [broken, { PublicKey: oldKey.spki, StartTime: oldKey.startTime }],
    }));
    await cache.syncAll([cinema]);
    expect(names(await cache.keys(cinema))).toEqual(names([oldKey]));
    expect((await cache.status())[0]).toMatchObject({
      count: 1,
      alarm: expect.stringContaining('PUBLIC_KEY_UNREADABLE'),
    });
    mend();
    source.keys.set(cinema, [oldKey]);
    await cache.syncAll([cinema]);
    expect((await cache.status())[0]).toMatchObject({ count: 1, alarm: null, failure: null });
  });

  test('a process that may not fetch now has at once what another one has just fetched', async () => {
    const { cache, cacheOn, source } = await setUp();
    const other = await cacheOn();
    source.keys.set(cinema, [oldKey]);
    await cache.syncAll([cinema]);
    expect(await other.refresh(cinema, demand)).toBe('refreshed');
    source.keys.set(cinema, [oldKey, newKey]);
    expect(await cache.refresh(cinema, demand)).toBe('refreshed');
    expect(await other.refresh(cinema, demand)).toBe('limited');
    expect(names(await other.keys(cinema))).toEqual(names([oldKey, newKey]));
  });

  // The rest reaches no other statement.
  if (engine === 'postgres') return;

  test('a stored key that cannot be used is left out', async () => {
    const { cacheOn, open: openRows } = await setUp();
    const weak = { fingerprint: '0', spki: weakSpki(), startTime: '2026-06-02T00:00:00' };
    const rows = [weak, oldKey].map(({ fingerprint, spki, startTime }) => ({ fingerprint, spki, startTime }));
    await (await openRows())
      .insertInto('cachedKey')
      .values(rows.map((row) => ({ ...row, cinemaCode: cinema, current: 1 })))
      .execute();
    const cache = await cacheOn();
    expect(names(await cache.keys(cinema))).toEqual(names([oldKey]));
    expect(names(await cache.keysEver(cinema))).toEqual(names([oldKey]));
  });

  test.each([
    ['an empty list', { PublicKeys: [] }],
    ['a list without a usable key', { PublicKeys: [{ PublicKey: 'AAAA', StartTime: '2026-06-01T00:00:00' }] }],
    ['no list', {}],
    ['null', { PublicKeys: null }],
  ])('%s changes nothing and is visible', async (_, replyData) => {
    const { cache, clock, source } = await setUp(oldKey);
    const fetchedAt = clock.time;
    clock.time += 60_000;
    source.replace(APIS.getPublicKeys, () => replyData);
    expect(await cache.syncAll([cinema])).toEqual({ synced: [], failed: [cinema] });
    expect(names(await cache.keys(cinema))).toEqual(names([oldKey]));
    const [status] = await cache.status();
    expect(status).toMatchObject({ cinemaCode: cinema, count: 1, fetchedAt, attemptedAt: clock.time });
    expect(status?.failure).not.toBeNull();
  });

  test('a refresh brings a new key, and asks nobody while the keys are young', async () => {
    const { cache, clock, source, asked } = await setUp(oldKey);
    source.keys.set(cinema, [newKey, oldKey]);
    clock.time += 9_999;
    expect(await cache.refresh(cinema, { olderThanMs: 10_000, budgetMs: 2_000 })).toBe('fresh');
    expect(asked()).toHaveLength(1);
    clock.time += 1;
    expect(await cache.refresh(cinema, { olderThanMs: 10_000, budgetMs: 2_000 })).toBe('refreshed');
    expect(names(await cache.keys(cinema))).toEqual(names([newKey, oldKey]));
  });

  test('refreshes that overlap are one question, and all get its keys', async () => {
    const { cache, source, asked } = await setUp();
    source.keys.set(cinema, [newKey]);
    const release = source.hold();
    const found = Array.from({ length: 50 }, async () => {
      await cache.refresh(cinema, demand);
      return names(await cache.keys(cinema));
    });
    await source.until(() => asked().length === 1);
    release();
    for (const keys of await Promise.all(found)) expect(keys).toEqual(names([newKey]));
    expect(asked()).toEqual([cinema]);
  });

  test('a fetch that was already under way does not tell callers that join it that no key is missing', async () => {
    const { cache, source, asked } = await setUp();
    source.keys.set(cinema, [oldKey]);
    const release = source.hold();
    const first = cache.refresh(cinema, demand);
    await source.until(() => asked().length === 1);
    const joining = cache.refresh(cinema, demand);
    release();
    expect(await first).toBe('refreshed');
    expect(await joining).toBe('limited');
  });

  test('a flood of demands reaches upstream at most as often as allowed, and delays no other cinema', async () => {
    const { cache, clock, source, asked } = await setUp(oldKey);
    source.keys.set(other, [oldKey]);
    await cache.syncAll([other]);
    expect(await cache.refresh(cinema, demand)).toBe('refreshed');
    expect(await cache.refresh(cinema, demand)).toBe('limited');
    expect(await cache.refreshAllowedInMs(cinema)).toBe(5_000);
    expect(await cache.refresh(other, demand)).toBe('refreshed');
    clock.time += 5_000;
    expect(await cache.refresh(cinema, demand)).toBe('refreshed');
    expect(asked().slice(2)).toEqual([cinema, other, cinema]);
  });

  test('cinemas without keys share one allowance, which is not that of cinemas with keys', async () => {
    const { cache, asked } = await setUp(oldKey);
    const invented = Array.from({ length: 20 }, (_, index) => parseCinemaCode(String(44_000_000 + index)));
    for (const cinemaCode of invented) expect(await cache.refresh(cinemaCode, demand)).not.toBe('refreshed');
    expect(await cache.refreshAllowedInMs(other)).toBe(5_000);
    expect(await cache.refresh(cinema, demand)).toBe('refreshed');
    expect(asked()).toEqual([cinema, invented[0], cinema]);
    expect(await cache.status()).toHaveLength(1);
  });

  test('a refresh that takes longer than its budget has failed for its caller, and its keys are kept all the same', async () => {
    const { cache, source, replaced, asked } = await setUp();
    source.keys.set(cinema, [newKey]);
    const release = source.hold();
    expect(await cache.refresh(cinema, { olderThanMs: 0, budgetMs: 20 })).toBe('timeout');
    const waiting = cache.refresh(cinema, demand);
    release();
    await waiting;
    expect(names(await cache.keys(cinema))).toEqual(names([newKey]));
    expect(replaced).toEqual([cinema]);
    expect(asked()).toHaveLength(1);
  });

  test('an upstream that cannot be reached fails, changes nothing and is not asked for each of many cinemas', async () => {
    const { cache, clock, source } = await setUp(oldKey);
    await source.stop();
    clock.time += 60_000;
    expect(await cache.refresh(cinema, demand)).toBe('failed');
    expect(names(await cache.keys(cinema))).toEqual(names([oldKey]));
    const many = Array.from({ length: 300 }, (_, index) => parseCinemaCode(String(44_000_000 + index)));
    const { synced, failed } = await cache.syncAll(many);
    expect(synced).toEqual([]);
    expect(failed.toSorted()).toEqual(many);
    expect((await cache.status()).length).toBeLessThan(50);
  });
});

test('a refresh on demand passes once in a while for each cinema, also after the clock was set back', () => {
  let time = Date.parse('2026-11-24T12:00:00Z');
  const budget = createRefreshBudget(refreshGapMs, () => time);
  expect([budget.take('a'), budget.take('a'), budget.take('b')]).toEqual([true, false, true]);
  expect(budget.waitMs('a')).toBe(refreshGapMs);
  time += refreshGapMs;
  expect(budget.take('a')).toBe(true);
  time -= 3_600_000;
  expect(budget.take('a')).toBe(true);
});
