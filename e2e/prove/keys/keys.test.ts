import { expect, test } from 'vitest';
import { run } from './keys.ts';

/** The pace of a long flood, which the defaults come down to after half a minute, from its beginning. */
const AS_AFTER_A_LONG_FLOOD = { KEY_REFRESH_BURST: '1', KEY_REFRESH_REFILL_SECONDS: '3' };

test('the first ticket of a new Ukey is admitted under a flood of forged codes, and unusable keys keep nobody out', {
  timeout: 300_000,
}, async () => {
  const result = await run({ seed: 'in tests', size: 3, platform: AS_AFTER_A_LONG_FLOOD });
  expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [] });
});
