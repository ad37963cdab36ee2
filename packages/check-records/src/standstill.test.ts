import { addSeconds, epochOf, parseCinemaCode, parseWallClock } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { standstills } from './standstill.ts';

const NOW = parseWallClock('2026-11-24T20:00:00');
const at = (seconds: number) => addSeconds(NOW, -seconds);
const heldFor = (seconds: number) => ({
  cinemaCode: parseCinemaCode('31012345'),
  ...{ code: 'HTTP_500', message: 'no', failures: 9, seconds },
});

test('names a cinema of which nothing was delivered for 10 minutes, though others move', () => {
  const moving = { oldestUnsent: at(1000), lastDeliveredAt: at(1) };
  expect(standstills([heldFor(599)], moving, epochOf(NOW))).toEqual([]);
  expect(standstills([heldFor(600)], moving, epochOf(NOW))).toEqual([
    { cinemaCode: '31012345', code: 'HTTP_500', message: 'no', seconds: 600 },
  ]);
});

test('sees what an earlier process left: old records, and nothing delivered since', () => {
  const stands = (oldestUnsent: number | null, lastDelivered: number | null) =>
    standstills(
      [],
      {
        oldestUnsent: oldestUnsent === null ? null : at(oldestUnsent),
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
