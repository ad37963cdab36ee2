import { addSeconds, epochOf, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it, test } from 'vitest';
import { checkRecordMigrations } from './migrations.ts';
import { createRecordStore } from './record-store.ts';
import { standstills } from './standstill.ts';
import type { CheckRecordTables } from './tables.ts';
import { makeRecord } from './testing/records.ts';

const NOW = parseWallClock('2026-11-24T20:00:00');
const at = (seconds: number) => addSeconds(NOW, -seconds);
const heldFor = (seconds: number) => ({
  cinemaCode: parseCinemaCode('31012345'),
  ...{ code: 'HTTP_500', message: 'no', failures: 9, seconds },
});

test('names a cinema of which nothing was delivered for 10 minutes, though others move', () => {
  const moving = { oldestWaiting: at(1000), lastDeliveredAt: at(1) };
  expect(standstills([heldFor(599)], moving, epochOf(NOW))).toEqual([]);
  expect(standstills([heldFor(600)], moving, epochOf(NOW))).toEqual([
    { cinemaCode: '31012345', code: 'HTTP_500', message: 'no', seconds: 600 },
  ]);
});

test('sees what an earlier process left: old records, and nothing delivered since', () => {
  const stands = (oldestWaiting: number | null, lastDelivered: number | null) =>
    standstills(
      [],
      {
        oldestWaiting: oldestWaiting === null ? null : at(oldestWaiting),
        lastDeliveredAt: lastDelivered === null ? null : at(lastDelivered),
      },
      epochOf(NOW),
    ).length > 0;
  expect(stands(600, null)).toBe(true);
  expect(stands(600, 600)).toBe(true);
  expect(stands(599, null)).toBe(false);
  expect(stands(3600, 30)).toBe(false);
  expect(stands(null, null)).toBe(false);
});

describeEachEngine('a queue', (engine) => {
  it('does not stand still for a record that is parked, only for one that waits', async () => {
    const records = createRecordStore(await engine.open<CheckRecordTables>(checkRecordMigrations));
    const [refused, waiting] = [makeRecord(1, { checkTime: at(7200) }), makeRecord(2, { checkTime: at(3600) })];
    const stands = async () => standstills([], await records.summary(), epochOf(NOW)).length > 0;
    await records.keep([refused], { forward: true });
    expect(await stands()).toBe(true);
    const [first] = (await records.outbox.oldest(refused.cinemaCode, 1)).complete;
    await records.outbox.park([{ ...first!, errorCode: 'BODY_TOO_LARGE', errorMessage: '' }], at(7000), at(-600));
    expect(await stands()).toBe(false);
    expect(await records.summary()).toMatchObject({ parked: 1, oldestUnsent: refused.checkTime, oldestWaiting: null });
    await records.keep([waiting], { forward: true });
    expect(await stands()).toBe(true);
  });
});
