import { expect, test } from 'vitest';
import { fit } from './fit.ts';

test('takes as many as fit, oldest first, and at least one', () => {
  const batch = [400, 400, 400, 10];
  expect(fit(batch, (bytes) => bytes, 1000)).toEqual([400, 400]);
  expect(fit(batch, (bytes) => bytes, 2000)).toEqual(batch);
  expect(fit(batch, (bytes) => bytes, 100)).toEqual([400]);
  expect(fit([], () => 1, 100)).toEqual([]);
});
