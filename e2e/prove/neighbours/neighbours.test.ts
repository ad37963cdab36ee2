import { expect, test } from 'vitest';
import { run } from './neighbours.ts';

test('neighbours, partners and strangers who do what they can lock nobody out, let nobody in twice and hide no record', {
  timeout: 300_000,
}, async () => {
  const result = await run({ seed: 'in tests', size: 120, isBusy: true });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
