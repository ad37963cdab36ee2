import { expect, test } from 'vitest';
import { run } from './day-offline.ts';

test('what was admitted offline arrives once the line is back, oldest first', { timeout: 300_000 }, async () => {
  const result = await run({ seed: 'in tests', size: 1_100 });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
