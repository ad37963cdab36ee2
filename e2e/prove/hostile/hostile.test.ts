import { expect, test } from 'vitest';
import { run } from './hostile.ts';

test('a platform above that answers every Api with too much fills no log, disk or memory, stops no scan and loses no record', {
  timeout: 300_000,
}, async () => {
  expect(await run({ seed: 'in tests', size: 20, isBusy: true })).toMatchObject({ lost: 0, failures: [] });
});
