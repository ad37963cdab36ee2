import { expect, test } from 'vitest';
import { run } from './poison.ts';

test('a bad record among a thousand keeps no other from arriving, and a peer that refuses everything has nothing parked', {
  timeout: 300_000,
}, async () => {
  const result = await run({ seed: 'in tests', size: 1 });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
