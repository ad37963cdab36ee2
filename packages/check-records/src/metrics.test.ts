import { addSeconds, epochOf } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { recordMetrics } from './metrics.ts';
import { checkRecordMigrations } from './migrations.ts';
import { createRecordStore } from './record-store.ts';
import type { CheckRecordTables } from './tables.ts';
import { makeRecord } from './testing/records.ts';

describeEachEngine('metrics of check records', (engine) => {
  it('show how many wait, are parked and kept aside, and how old the oldest is', async () => {
    const recordStore = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const registry = new Registry();
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
    await recordStore.keep([oldest, makeRecord(2), makeRecord(3, { quarantine: 'CODE_NOT_GENUINE' })], {
      forward: true,
    });
    const [first] = await recordStore.outbox.oldest(oldest.cinemaCode, 'complete', 1);
    const at = addSeconds(oldest.checkTime, 1);
    await recordStore.outbox.park([{ ...first!, errorCode: 'X', errorMessage: '' }], at, at);
    expect(await values()).toEqual({
      check_records_waiting: 1,
      check_records_parked: 1,
      check_records_quarantined: 1,
      check_records_oldest_unsent_seconds: 90,
    });
  });
});
