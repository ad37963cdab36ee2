import { expect, test } from 'vitest';
import { FAULTS } from '../../testing/fault-proxy.ts';
import { run } from './line.ts';

test('no fault of a line loses an admission, keeps a guest waiting or hides a double', {
  timeout: 300_000,
}, async () => {
  const result = await run({ seed: 'in tests', size: 2 * FAULTS.length });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
