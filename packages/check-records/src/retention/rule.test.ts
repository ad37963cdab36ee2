import { epochOf, parseWallClock, type WallClock, wallClockAt } from '@ticket-check/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retentionTerms } from './rule.ts';

const terms = (own: string, told: string, months = 36, resendDays: number | null = 3, byMonth = false) =>
  retentionTerms({
    now: epochOf(parseWallClock(own)),
    confirmed: { at: parseWallClock(told) },
    months,
    resendDays,
    byMonth,
  });

it('counts calendar months back, to the beginning of a business day', () => {
  expect(terms('2029-11-24T20:00:00', '2029-11-24T20:00:01')).toEqual({
    at: '2029-11-24T20:00:00',
    cutoff: '2026-11-24T06:00:00',
    deliveredSince: '2029-11-21T20:00:00',
  });
  expect(terms('2029-11-24T05:59:59', '2029-11-24T05:59:59', 36, null)).toMatchObject({
    cutoff: '2026-11-23T06:00:00',
    deliveredSince: null,
  });
  expect(terms('2029-11-24T20:00:00', '2029-11-24T20:00:00', 36, 3, true).cutoff).toBe('2026-11-01T06:00:00');
  expect(terms('2028-02-29T12:00:00', '2028-02-29T12:00:00', 12).cutoff).toBe('2027-02-28T06:00:00');
  expect(terms('2027-03-31T12:00:00', '2027-03-31T12:00:00', 13).cutoff).toBe('2026-02-28T06:00:00');
});

it('goes by the earlier of two clocks, whichever is years ahead', () => {
  expect(terms('2036-11-24T20:00:00', '2026-11-24T20:00:00').cutoff).toBe('2023-11-24T06:00:00');
  expect(terms('2026-11-24T20:00:00', '2036-11-24T20:00:00').cutoff).toBe('2023-11-24T06:00:00');
});

it('counts from a clock that begins in 1970, as that of a machine whose battery is empty', () => {
  expect(terms('1970-01-01T08:00:00', '2026-11-24T20:00:00', 600).cutoff).toBe('1920-01-01T06:00:00');
});

it('never deletes what may be sent again in the longest time for that, where the shortest time for keeping is set', () => {
  const moment = fc.integer({ min: epochOf(parseWallClock('2021-01-01T06:00:00')), max: 4_000_000_000_000 });
  fc.assert(
    fc.property(moment, (now) => {
      const { cutoff, deliveredSince } = terms(wallClockAt(now), wallClockAt(now), 12, 365);
      expect(cutoff <= (deliveredSince as WallClock)).toBe(true);
    }),
  );
});
