import { expect, it, test } from 'vitest';
import { fit, hold, NO_HOLD } from './plan.ts';
import { FORWARDER_DEFAULTS } from './settings.ts';

test('takes as many as fit, oldest first, and at least one', () => {
  const batch = [400, 400, 400, 10];
  expect(fit(batch, (bytes) => bytes, 1000)).toEqual([400, 400]);
  expect(fit(batch, (bytes) => bytes, 2000)).toEqual(batch);
  expect(fit(batch, (bytes) => bytes, 100)).toEqual([400]);
  expect(fit([], () => 1, 100)).toEqual([]);
});

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
