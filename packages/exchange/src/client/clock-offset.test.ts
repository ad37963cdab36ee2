import { wallClockAt } from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { NOON } from '../testing/accounts.ts';
import { createClockSamples } from './clock-offset.ts';

const MINUTE = 60_000;

/** Replies of a peer whose clock is ahead by `ahead`, one every `everyMs` of ours. */
function sampled({ ahead = 0, count = 3, everyMs = 1000, roundTripMs = 20 }) {
  const samples = createClockSamples();
  for (let i = 0; i < count; i += 1) {
    const receivedAt = NOON + 123 + i * everyMs;
    samples.add(wallClockAt(receivedAt - roundTripMs / 2 + ahead), receivedAt, roundTripMs);
  }
  return samples.offset();
}

describe('clock offset', () => {
  test('is unknown, and corrects nothing, before three replies agree', () => {
    expect(sampled({ ahead: 30_000, count: 2 })).toEqual({ offsetMs: 0, trusted: true, measured: false });
  });

  test.each([
    ['ahead', 90_000],
    ['behind', -90_000],
  ])('is measured to a second when the peer is %s', (_name, ahead) => {
    const { offsetMs, trusted, measured } = sampled({ ahead });
    expect(Math.abs(offsetMs - ahead)).toBeLessThanOrEqual(1000);
    expect({ trusted, measured }).toEqual({ trusted: true, measured: true });
  });

  test('is exactly zero if the clocks agree within the precision of a reply', () => {
    expect(sampled({ ahead: 400 })).toEqual({ offsetMs: 0, trusted: true, measured: true });
  });

  test('beyond 5 minutes corrects the envelope only', () => {
    const hours = 8 * 60 * MINUTE;
    const { offsetMs, trusted, measured } = sampled({ ahead: -hours, count: 8 });
    expect(Math.abs(offsetMs + hours)).toBeLessThanOrEqual(1000);
    expect({ trusted, measured }).toEqual({ trusted: false, measured: true });
  });

  test.each([
    ['far from ours', -10 * MINUTE, 300, false],
    ['near ours', -2 * MINUTE, 300, true],
    ['near ours, which answers by the thousand', -MINUTE, 1, true],
  ])('stays unknown towards a peer whose Datetime stands still, %s', (_name, ahead, everyMs, trusted) => {
    const samples = createClockSamples();
    for (let i = 0; i < 400; i += 1) {
      samples.add(wallClockAt(NOON + ahead), NOON + i * everyMs, 20);
      expect(samples.offset()).toMatchObject({ offsetMs: 0, measured: false });
    }
    expect(samples.offset()).toMatchObject({ trusted });
  });

  test('is trusted again towards a peer whose Datetime goes on', () => {
    const samples = createClockSamples();
    for (let i = 0; i < 8; i += 1) samples.add(wallClockAt(NOON - 10 * MINUTE), NOON + i * 1000, 20);
    expect(samples.offset()).toMatchObject({ trusted: false });
    for (let i = 8; i < 11; i += 1) samples.add(wallClockAt(NOON + i * 1000), NOON + i * 1000 + 10, 20);
    expect(samples.offset()).toEqual({ offsetMs: 0, trusted: true, measured: true });
  });

  test('is measured again when our own clock is set', () => {
    const samples = createClockSamples();
    const step = 120_000;
    for (let i = 0; i < 5; i += 1) samples.add(wallClockAt(NOON + i * 1000), NOON + i * 1000 + 10 - step, 20);
    expect(Math.abs(samples.offset().offsetMs - step)).toBeLessThanOrEqual(1000);
    samples.add(wallClockAt(NOON + 5000), NOON + 5010, 20);
    expect(samples.offset()).toMatchObject({ measured: false, offsetMs: 0 });
    for (let i = 6; i < 8; i += 1) samples.add(wallClockAt(NOON + i * 1000), NOON + i * 1000 + 10, 20);
    expect(samples.offset()).toEqual({ offsetMs: 0, trusted: true, measured: true });
  });
});
