import { expect, test } from 'vitest';
import { run } from './restore.ts';

test('platforms that are restored from older backups under load get everything again and confirm nothing that they forgot', {
  timeout: 600_000,
}, async () => {
  expect(await run({ seed: 'in tests', size: 3 })).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
