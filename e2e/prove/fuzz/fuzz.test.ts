import { expect, test } from 'vitest';
import { run } from './fuzz.ts';

test('nothing that is changed crashes a service, is taken for genuine or is answered without a documented code', {
  timeout: 180_000,
}, async () => {
  const { failures, times } = await run({ seed: 'in tests', size: 30_000 });
  expect(failures).toEqual([]);
  expect(times).toBeGreaterThan(30_000);
});
