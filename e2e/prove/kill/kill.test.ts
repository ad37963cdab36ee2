import { expect, test } from 'vitest';
import { run } from './kill.ts';

test('kill -9 of any service at any moment neither loses an admission nor lets a ticket in twice', {
  timeout: 600_000,
}, async () => {
  const result = await run({ seed: 'in tests', size: 40 });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
  expect(result.times).toBeGreaterThanOrEqual(40);
});
