import { parseWallClock, VERDICTS, type Verdict } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { isOverridable, judgeOverride, type RefusedScan } from './override-rule.ts';

const now = parseWallClock('2026-11-24T19:50:00');
const at = { now, clockTrusted: true };
const refused: RefusedScan = {
  verdict: 'ALREADY_ENTERED',
  scannedAt: parseWallClock('2026-11-24T19:40:00'),
  hasTicket: true,
  kept: true,
  overridden: false,
  enteredSince: false,
};

it('lets every refusal of a genuine ticket be overridden, and none that found no ticket or no time', () => {
  const verdicts = Object.keys(VERDICTS) as Verdict[];
  expect(verdicts.filter(isOverridable).sort()).toEqual([
    'ALREADY_ENTERED',
    'ETICKET_ONLY',
    'ETICKET_STALE',
    'EXPIRED',
    'NOT_SOLD',
    'OFFLINE_REFUSED',
    'REFUNDED',
    'TOO_EARLY',
    'WRONG_SCREEN',
  ]);
  expect(judgeOverride(refused, at)).toBeNull();
  expect(judgeOverride({ ...refused, verdict: 'NOT_GENUINE', hasTicket: false, kept: false }, at)).toBe('NO_RECORD');
  // Too old to be looked into: of its code it is not known that a key opens it.
  expect(judgeOverride({ ...refused, verdict: 'ETICKET_STALE', hasTicket: false, kept: false }, at)).toBe('NO_RECORD');
});

it.each([
  ['UNKNOWN', null],
  ['UNKNOWN', { ...refused, verdict: 'ADMIT' }],
  ['UNKNOWN', { ...refused, verdict: null }],
  ['OVERRIDDEN', { ...refused, overridden: true }],
  ['ENTERED_SINCE', { ...refused, enteredSince: true }],
  ['NOT_TODAY', { ...refused, kept: false }],
  ['NOT_TODAY', { ...refused, scannedAt: parseWallClock('2026-11-24T05:59:59') }],
] as const)('says %s where that stands against it', (objection, scan) => {
  expect(judgeOverride(scan, at)).toBe(objection);
});

it('counts the night to the business date before, and wants to know what time it is', () => {
  const late = { now: parseWallClock('2026-11-25T05:30:00'), clockTrusted: true };
  expect(judgeOverride(refused, late)).toBeNull();
  expect(judgeOverride(refused, { ...late, now: parseWallClock('2026-11-25T06:00:00') })).toBe('NOT_TODAY');
  expect(judgeOverride(refused, { ...at, clockTrusted: false })).toBe('CLOCK');
});
