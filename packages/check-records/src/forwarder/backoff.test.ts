import { expect, it } from 'vitest';
import { hold, NO_HOLD } from './backoff.ts';
import { FORWARDER_DEFAULTS } from './settings.ts';

it('holds twice as long after each failure, at most a minute, and only ever shorter by chance', () => {
  const waits = (random: number) => {
    let backoff = NO_HOLD;
    return Array.from({ length: 10 }, () => {
      backoff = hold(backoff, FORWARDER_DEFAULTS.firstHoldMs, 1000, random);
      return backoff.until - 1000;
    });
  };
  expect(waits(0)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  expect(waits(1)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});
