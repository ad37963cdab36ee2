import { parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { createRecordStore } from '../store/record-store.ts';
import { checkRecordMigrations } from '../tables/migrations.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { makeRecord } from '../testing/records.ts';
import { countDaySteps } from './by-hour.ts';

describeEachEngine('the steps of a day', ({ open }) => {
  it('count each record once, also quarantined ones and what comes late', async () => {
    const store = await open<CheckRecordTables>(checkRecordMigrations);
    const records = createRecordStore(store);
    const keep = (time: string, quarantine: 'CODE_NOT_GENUINE' | null) =>
      records.keep([makeRecord(1, { checkTime: parseWallClock(`2026-11-24T${time}`), quarantine })], {
        forward: false,
      });
    await keep('19:59:59', 'CODE_NOT_GENUINE');
    await keep('20:00:00', null);
    await keep('20:05:00', 'CODE_NOT_GENUINE');
    await keep('21:09:59', 'CODE_NOT_GENUINE');
    async function counted() {
      const sums: Record<string, readonly [checked: number, quarantined: number]> = {};
      for (const { step, checked, quarantined } of (
        await countDaySteps(store, () => Date.parse('2026-11-24T21:30:00+08:00'))
      ).counts) {
        const [before, aside] = sums[step] ?? [0, 0];
        sums[step] = [before + checked, aside + quarantined];
      }
      return sums;
    }
    const before = {
      '2026-11-24T19:50:00': [1, 1],
      '2026-11-24T20:00:00': [2, 1],
      '2026-11-24T21:00:00': [1, 1],
    };
    expect(await counted()).toEqual(before);

    await keep('07:30:00', 'CODE_NOT_GENUINE');
    expect(await counted()).toEqual({ ...before, '2026-11-24T07:30:00': [1, 1] });
  });
});
