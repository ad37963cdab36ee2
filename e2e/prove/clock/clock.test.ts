import { expect, test } from 'vitest';
import { run } from './clock.ts';

test('a wrong clock loses nothing, doubles nothing and is reported, and check times never change', {
  timeout: 300_000,
}, async () => {
  expect(await run({ seed: 'in tests', size: 3 })).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
