// @module-tag slow
import { noteReplacedGenerations, renewGeneration } from '@ticket-check/storage';
import { describeSqlite, type TestEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createForwarder } from '../forwarder/forwarder.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type Platform, startPlatform } from '../testing/platform.ts';
import { CINEMA, makeRecords } from '../testing/records.ts';
import { createRestoreWatch } from './restore-watch.ts';

const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const logger = pino({ level: 'silent' });
const PATIENT = { timeout: 20_000, interval: 10 };

const idsAt = async ({ store }: Platform) =>
  (await store.db.selectFrom('checkRecord').select('recordId').execute()).map(({ recordId }) => recordId).sort();

/** A caller of a platform, which may be another one later. */
async function startCaller(engine: TestEngine, first: Platform) {
  const store = await engine.open<CheckRecordTables>(checkRecordMigrations);
  const records = createRecordStore(store);
  let upstream = await first.connect();
  const options = { recordStore: records, upstream: async () => upstream, now, logger };
  const forwarder = createForwarder(options);
  onTestFinished(() => forwarder.stop());
  const watch = createRestoreWatch({
    ...options,
    store,
    resendDays: 3,
    cinemas: async () => [CINEMA],
    onQueued: () => forwarder.wake(),
  });
  return {
    watch,
    records,
    forwarder,
    upstream: () => upstream,
    async connect(platform: Platform) {
      upstream = await platform.connect();
    },
    ask: () => upstream.call('GetPublicKeys', {}, { read: (reply) => reply, timeoutMs: 20_000, idempotent: true }),
    delivered: () => vi.waitFor(async () => expect(await records.summary()).toMatchObject({ waiting: 0 }), PATIENT),
  };
}

describeSqlite('a platform whose backup was restored on another machine', (engine) => {
  it('gets what it lacks at its new address, under other accounts; a different platform gets nothing', async () => {
    const first = await startPlatform(engine, { now });
    const caller = await startCaller(engine, first);
    const { watch, records, forwarder, ask, delivered } = caller;
    const sent = makeRecords(20);
    const ids = sent.map(({ recordId }) => recordId).sort();
    await records.keep(sent, { forward: true });
    forwarder.start();
    await delivered();
    await watch.ask();
    expect(await idsAt(first)).toEqual(ids);
    await first.close();

    const other = await startPlatform(engine, { now });
    await caller.connect(other);
    await ask();
    expect(await watch.look()).toBe(0);
    expect(await idsAt(other)).toEqual([]);

    // Last night's backup, which holds none of the records, began its new generation before it was served.
    const restored = await startPlatform(engine, { now });
    await noteReplacedGenerations(restored.store.db, [first.store.generation]);
    await caller.connect(restored);
    await vi.waitFor(async () => {
      await ask();
      expect(caller.upstream().replaces()).toEqual([first.store.generation]);
    }, PATIENT);
    expect(await watch.look()).toBe(20);
    await delivered();
    expect(await idsAt(restored)).toEqual(ids);
    expect(await watch.look()).toBe(0);
  });

  it('says so while it serves, where a command began its new generation', async () => {
    const platform = await startPlatform(engine, { now });
    const upstream = await platform.connect();
    const ask = () =>
      upstream.call('GetPublicKeys', {}, { read: (reply) => reply, timeoutMs: 20_000, idempotent: true });
    await ask();
    const before = platform.store.generation;
    await renewGeneration(platform.store.db, '2026-11-24T20:00:00');
    await vi.waitFor(async () => {
      await ask();
      expect(upstream.generation()).not.toBe(before);
    }, PATIENT);
    expect(upstream.replaces()).toEqual([before]);
  });
});

describeSqlite('a platform whose backup was restored without a new generation', (engine) => {
  it('gets what it lacks, as it has less than it had', async () => {
    const first = await startPlatform(engine, { now });
    const caller = await startCaller(engine, first);
    const { watch, records, forwarder, ask, delivered } = caller;
    const heard = async () => {
      await ask();
      await watch.ask();
      return caller.upstream().position();
    };
    const empty = await heard();
    const sent = makeRecords(100);
    const ids = sent.map(({ recordId }) => recordId).sort();
    await records.keep(sent, { forward: true });
    forwarder.start();
    await delivered();
    await vi.waitFor(async () => expect(await heard()).toBeGreaterThan(empty ?? Number.NaN), PATIENT);
    for (const _ of ['passed', 'noted']) await watch.compare();
    await first.close();

    const restored = await startPlatform(engine, { now });
    await sql`update store_generation set generation = ${first.store.generation}`.execute(restored.store.db);
    await vi.waitFor(() => expect(restored.store.generation).toBe(first.store.generation), PATIENT);
    await caller.connect(restored);
    expect(await heard()).toBe(empty);
    await delivered();
    expect(await idsAt(restored)).toEqual(ids);
  });
});
