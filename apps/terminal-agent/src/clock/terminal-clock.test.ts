import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { createTerminalClock } from './terminal-clock.ts';

const noon = parseWallClock('2026-11-24T12:00:00');
const minutes = (count: number) => count * 60_000;

function clockWith(upstreamOffset: ClockOffset | null, lastAdmissionAt = parseWallClock('2026-11-24T11:00:00')) {
  return createTerminalClock({ now: () => epochOf(noon), upstreamOffset: () => upstreamOffset, lastAdmissionAt });
}

it('takes the machine for right while no upstream has said otherwise', () => {
  expect(clockWith(null).now()).toBe(noon);
});

it('is corrected by an upstream that is at most 5 minutes off', () => {
  expect(clockWith({ offsetMs: minutes(3), trusted: true, measured: true }).now()).toBe('2026-11-24T12:03:00');
});

it('is not corrected by an upstream that is further off', () => {
  expect(clockWith({ offsetMs: minutes(-480), trusted: false, measured: true }).now()).toBe(noon);
});

it('is not trusted when it stands before the last admission by more than a correction can explain', () => {
  const before = parseWallClock('2026-11-24T12:04:00');
  const longBefore = parseWallClock('2026-11-24T12:06:00');
  expect(clockWith(null, before).isTrusted()).toBe(true);
  expect(clockWith(null, longBefore).isTrusted()).toBe(false);
  expect(clockWith({ offsetMs: minutes(-480), trusted: false, measured: true }, longBefore).isTrusted()).toBe(false);
});

it('is trusted again once an upstream confirms it', () => {
  const longBefore = parseWallClock('2027-11-24T12:00:00');
  expect(clockWith({ offsetMs: 0, trusted: true, measured: true }, longBefore).isTrusted()).toBe(true);
});

it('remembers the admissions it is told of', () => {
  const clock = clockWith(null);
  clock.notice(parseWallClock('2026-11-24T12:30:00'));
  expect(clock.isTrusted()).toBe(false);
});
