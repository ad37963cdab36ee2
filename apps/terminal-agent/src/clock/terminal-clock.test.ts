import type { ClockOffset } from '@ticket-check/exchange';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { createTerminalClock } from './terminal-clock.ts';

const noon = parseWallClock('2026-11-24T12:00:00');
const minutes = (count: number) => count * 60_000;

function clockWith(
  upstreamOffset: ClockOffset | null,
  lastAdmission = { at: parseWallClock('2026-11-24T11:00:00'), correctionMs: 0 },
) {
  return createTerminalClock({
    now: () => epochOf(noon),
    upstreamOffset: () => upstreamOffset,
    lastAdmissions: [lastAdmission],
  });
}

it('takes the machine for right while no upstream has said otherwise', () => {
  expect(clockWith(null).now()).toBe(noon);
});

it('is corrected by an upstream that is at most 5 minutes off', () => {
  const clock = clockWith({ offsetMs: minutes(3), trusted: true, measured: true });
  expect(clock.now()).toBe('2026-11-24T12:03:00');
  expect(clock.read()).toMatchObject({ correctionMs: minutes(3), trusted: true });
});

it('is not corrected by an upstream that is further off, and no longer trusted', () => {
  const clock = clockWith({ offsetMs: minutes(-480), trusted: false, measured: true });
  expect(clock.read()).toEqual({ at: noon, epochMs: epochOf(noon), correctionMs: 0, trusted: false, stoodBack: false });
});

it('stood back when the machine is before the last admission', () => {
  const after = { at: parseWallClock('2026-11-24T12:00:05'), correctionMs: 0 };
  expect(clockWith(null, after).read().stoodBack).toBe(true);
  expect(clockWith({ offsetMs: minutes(-480), trusted: false, measured: true }, after).read().stoodBack).toBe(true);
});

it('did not stand back where only a correction is missing that the last admission had', () => {
  const corrected = { at: parseWallClock('2026-11-24T12:04:00'), correctionMs: minutes(4.5) };
  expect(clockWith(null, corrected).read().stoodBack).toBe(false);
});

it('is trusted again once an upstream confirms it', () => {
  const nextYear = { at: parseWallClock('2027-11-24T12:00:00'), correctionMs: 0 };
  expect(clockWith({ offsetMs: 0, trusted: true, measured: true }, nextYear).read().stoodBack).toBe(false);
});

it('remembers the admissions it is notified of', () => {
  const clock = clockWith(null);
  clock.notice({ at: parseWallClock('2026-11-24T12:30:00'), correctionMs: 0 });
  expect(clock.read().stoodBack).toBe(true);
});

it('no longer goes by an admission that lay ahead once an upstream has confirmed it', () => {
  let offset: ClockOffset | null = { offsetMs: 0, trusted: true, measured: true };
  const wrong = { at: parseWallClock('2026-11-25T12:00:00'), correctionMs: 0 };
  const clock = createTerminalClock({
    now: () => epochOf(noon),
    upstreamOffset: () => offset,
    lastAdmissions: [wrong],
  });
  expect(clock.read().stoodBack).toBe(false);
  // The machine's clock was set, so that what was measured before says nothing about it.
  offset = null;
  expect(clock.read().stoodBack).toBe(false);
});
