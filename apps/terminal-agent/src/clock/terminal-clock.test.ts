import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { createTerminalClock } from './terminal-clock.ts';

const noon = parseWallClock('2026-11-24T12:00:00');
const minutes = (count: number) => count * 60_000;

function clockWith(
  upstreamOffset: ClockOffset | null | (() => ClockOffset | null),
  lastAdmission = { at: parseWallClock('2026-11-24T11:00:00'), correctionMs: 0 },
) {
  return createTerminalClock({
    now: () => epochOf(noon),
    upstreamOffset: typeof upstreamOffset === 'function' ? upstreamOffset : () => upstreamOffset,
    lastAdmissions: [lastAdmission],
  });
}

const AGREES = { offsetMs: 0, trusted: true, measured: true };
const FAR_OFF = { offsetMs: minutes(-480), trusted: false, measured: true };

it('takes the machine for right while no upstream has said otherwise, and is corrected by one at most 5 minutes off', () => {
  expect(clockWith(null).now()).toBe(noon);
  const clock = clockWith({ ...AGREES, offsetMs: minutes(3) });
  expect(clock.now()).toBe('2026-11-24T12:03:00');
  expect(clock.read()).toMatchObject({ correctionMs: minutes(3), trusted: true });
  // Further off it corrects nothing, and one of the two is wrong.
  const untrusted = { at: noon, epochMs: epochOf(noon), correctionMs: 0, trusted: false, stoodBack: false };
  expect(clockWith(FAR_OFF).read()).toEqual(untrusted);
});

it('stood back when the machine is before the last admission, or before one that was noted since', () => {
  const after = { at: parseWallClock('2026-11-24T12:00:05'), correctionMs: 0 };
  expect(clockWith(null, after).read().stoodBack).toBe(true);
  expect(clockWith(FAR_OFF, after).read().stoodBack).toBe(true);
  const clock = clockWith(null);
  clock.notice({ at: parseWallClock('2026-11-24T12:30:00'), correctionMs: 0 });
  expect(clock.read().stoodBack).toBe(true);
});

it('did not stand back where only a correction is missing that the last admission had', () => {
  const corrected = { at: parseWallClock('2026-11-24T12:04:00'), correctionMs: minutes(4.5) };
  expect(clockWith(null, corrected).read().stoodBack).toBe(false);
});

it('no longer goes by an admission that lay ahead once an upstream has confirmed it', () => {
  let offset: ClockOffset | null = AGREES;
  const clock = clockWith(() => offset, { at: parseWallClock('2027-11-24T12:00:00'), correctionMs: 0 });
  expect(clock.read().stoodBack).toBe(false);
  // The machine's clock was set, so that what was measured before says nothing about it.
  offset = null;
  expect(clock.read().stoodBack).toBe(false);
});
