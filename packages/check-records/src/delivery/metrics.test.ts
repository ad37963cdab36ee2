import { addSeconds, epochOf, wallClockAt } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createForwarder } from '../forwarder/forwarder.ts';
import { TERMINAL_DEADLINE } from '../outbox/deadline.ts';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { startPlatform } from '../testing/platform.ts';
import { makeRecord } from '../testing/records.ts';
import { recordMetrics } from './metrics.ts';

describeSqlite('metrics of check records', (engine) => {
  it('show how many wait, are parked and quarantined, and the age of the oldest', async () => {
    const recordStore = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const registry = createMetrics();
    const oldest = makeRecord(1);
    recordMetrics(registry, { recordStore, now: () => epochOf(oldest.checkTime) + 90_000 });
    const values = async () =>
      Object.fromEntries((await registry.getMetricsAsJSON()).map(({ name, values }) => [name, values[0]?.value]));
    expect(await values()).toEqual({
      check_records_waiting: 0,
      check_records_parked: 0,
      check_records_quarantined: 0,
      check_records_oldest_unsent_seconds: 0,
    });
    const aside = makeRecord(3, { quarantine: 'CODE_NOT_GENUINE' });
    await recordStore.keep([oldest, makeRecord(2), aside], { forward: true });
    const [first] = (await recordStore.outbox.oldest(oldest.cinemaCode, 1)).complete;
    const at = addSeconds(oldest.checkTime, 1);
    await recordStore.outbox.park([{ ...first!, errorCode: 'X', errorMessage: '' }], at, at);
    expect(await values()).toEqual({
      check_records_waiting: 1,
      check_records_parked: 1,
      check_records_quarantined: 1,
      check_records_oldest_unsent_seconds: 90,
    });
  });

  it('show what is overdue, and how long what was delivered took', async () => {
    const clock = { now: Date.parse('2026-11-24T20:00:00+08:00') };
    const now = () => clock.now;
    const recordStore = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const platform = await startPlatform(engine, { now });
    const upstream = await platform.connect();
    const line = { up: false };
    const forwarder = createForwarder({
      recordStore,
      upstream: async () => (line.up ? upstream : null),
      complete: async () => null,
      now,
      logger: pino({ level: 'silent' }),
    });
    onTestFinished(() => forwarder.stop());
    const registry = createMetrics();
    recordMetrics(registry, { recordStore, sending: { forwarder, deadline: TERMINAL_DEADLINE }, now });
    const metric = async (name: string) =>
      (await registry.getMetricsAsJSON()).find((each) => each.name === name)?.values ?? [];
    const value = async (name: string) => (await metric(name))[0]?.value;

    const checkTime = (secondsAgo: number) => wallClockAt(clock.now - secondsAgo * 1000);
    const batch = [700, 650, 30].map((secondsAgo, n) => makeRecord(n, { checkTime: checkTime(secondsAgo) }));
    await recordStore.keep(batch, { forward: true });
    expect(await value('check_records_overdue')).toBe(2);

    line.up = true;
    forwarder.start();
    await expect.poll(() => recordStore.summary()).toMatchObject({ waiting: 0 });
    expect(await value('check_records_overdue')).toBe(0);
    await expect.poll(() => value('check_records_delivered_total')).toBe(3);
    const buckets = (await metric('check_records_delivery_seconds')).map(({ labels: { le }, value }) => [le, value]);
    expect(buckets).toEqual(
      expect.arrayContaining([
        [15, 0],
        [60, 1],
        [600, 1],
        [1800, 3],
      ]),
    );
  });
});
