import { wallClockAt } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import { makeForwarder, openRecords } from '../testing/open-records.ts';
import { startPlatform } from '../testing/platform.ts';
import { makeRecord } from '../testing/records.ts';
import { recordMetrics } from './reporting-check.ts';

describeSqlite('metrics of check records', (engine) => {
  it('show what is overdue, and how long what was delivered took', async () => {
    const clock = { now: Date.parse('2026-11-24T20:00:00+08:00') };
    const now = () => clock.now;
    const { records: recordStore } = await openRecords(engine);
    const platform = await startPlatform(engine, { now });
    const upstream = await platform.connect();
    const line = { up: false };
    const forwarder = makeForwarder(recordStore, { upstream: async () => (line.up ? upstream : null), now });
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
