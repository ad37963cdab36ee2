import type { ClockOffset } from '@ticket-check/exchange';
import { addSeconds, epochOf, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { createTerminalClock } from '../clock/terminal-clock.ts';
import { openTestStore } from '../testing/test-store.ts';
import { forgetOtherTimes } from './forget-scan-counts.ts';

const EVENING = parseWallClock('2026-11-24T20:03:00');

test('counts of other times are deleted only by a clock that the upstream confirms', async () => {
  const store = await openTestStore();
  const stepOf = (day: number) => addSeconds(EVENING, day * 86_400).slice(0, 15);
  const days = [-2, -1, 0, 1];
  await store.db
    .insertInto('scanCount')
    .values(
      days.map((day) => ({
        storeId: store.currentGeneration().generation,
        step: stepOf(day),
        verdict: 'ADMIT',
        count: 1,
      })),
    )
    .execute();
  const left = async () => {
    const rows = await store.db.selectFrom('scanCount').select('step').orderBy('step').execute();
    return rows.map(({ step }) => step);
  };
  const forget = (at: WallClock, offset: ClockOffset | null) => {
    const clock = createTerminalClock({ now: () => epochOf(at), upstreamOffset: () => offset, lastAdmissions: [] });
    return forgetOtherTimes({ store, clock });
  };
  const withoutBattery = parseWallClock('2020-01-01T08:00:00');
  await forget(withoutBattery, null);
  await forget(withoutBattery, { offsetMs: 0, trusted: true, measured: false });
  await forget(withoutBattery, { offsetMs: 0, trusted: false, measured: true });
  expect(await left()).toEqual(days.map(stepOf));
  await forget(EVENING, { offsetMs: 0, trusted: true, measured: true });
  expect(await left()).toEqual([-1, 0].map(stepOf));
});
