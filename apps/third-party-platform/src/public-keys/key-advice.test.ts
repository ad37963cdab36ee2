import type { WallClock } from '@ticket-check/protocol';
import { parseCinemaCode } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { keyAdvice, keyAdviceJson } from './key-advice.ts';

const NOW = Date.parse('2026-11-26T12:00:00+08:00');
const cinemaCode = parseCinemaCode('31012801');
const fine = {
  cinemaCode,
  fetchedAt: NOW - 60_000,
  count: 1,
  alarm: null,
  failure: null,
  attemptedAt: NOW - 60_000,
  cinemaName: '',
};
const key = (startTime: string, isCurrent = true) => ({ startTime: startTime as WallClock, isCurrent });
const inForce = [key('2026-01-01T00:00:00')];

const codes = (...asked: Parameters<typeof keyAdvice>) => keyAdvice(...asked).map(({ code }) => code);

it('says nothing of keys that are young and in force', () => {
  expect(codes(fine, [...inForce, key('2027-01-01T00:00:00')], NOW)).toEqual([]);
});

it('names what is wrong, the worst first', () => {
  expect(codes(null, [], NOW)).toEqual(['never-came']);
  expect(codes({ ...fine, fetchedAt: null, failure: 'CINEMA_UNKNOWN: no' }, [], NOW)).toEqual([
    'never-came',
    'fetch-failed',
  ]);
  const late = [key('2026-11-26T12:00:01'), key('2026-01-01T00:00:00', false)];
  expect(codes(fine, late, NOW)).toEqual(['none-in-force']);
  expect(codes(fine, late, NOW + 1000)).toEqual([]);
  expect(codes({ ...fine, fetchedAt: NOW - 2 * 3_600_000 }, inForce, NOW)).toEqual([]);
  expect(keyAdvice({ ...fine, fetchedAt: NOW - 3 * 3_600_000 }, inForce, NOW)).toEqual([{ code: 'old', about: '3' }]);
  expect(codes({ ...fine, alarm: 'one is odd' }, inForce, NOW)).toEqual(['unexpected']);
});

it('says in both languages what was heard', () => {
  const [advice] = keyAdvice({ ...fine, failure: 'TIMEOUT: silent' }, inForce, NOW);
  const said = keyAdviceJson(advice!);
  expect(said.Wrong).toContain('TIMEOUT: silent');
  expect(said.WrongZh).toContain('TIMEOUT: silent');
});
