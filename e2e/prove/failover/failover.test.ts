// @module-tag postgres
import { expect, test } from 'vitest';
import { run } from './failover.ts';

test('PostgreSQL servers that lack what was acknowledged get everything again, and nobody enters twice as confirmed', {
  timeout: 600_000,
}, async () => {
  expect(await run({ seed: 'in tests', size: 1 })).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
