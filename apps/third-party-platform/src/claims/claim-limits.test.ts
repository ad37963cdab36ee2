import type { ProtocolError } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { createClaimLimits } from './claim-limits.ts';

test('each account has claims and releases of its own for a minute, and is named once when it has spent them', async () => {
  const { spend } = createClaimLimits(10);
  const named: string[] = [];
  const spendMany = async (what: 'claim' | 'release', username: string, times: number) => {
    const spent = Array.from({ length: times }, () => spend(what, username, () => named.push(`${what} ${username}`)));
    return (await Promise.allSettled(spent)).map(({ status }) => status === 'fulfilled');
  };
  const ten = Array.from({ length: 10 }, () => true);
  expect(await spendMany('claim', 'terminal-1', 13)).toEqual([...ten, false, false, false]);
  expect(named).toEqual(['claim terminal-1']);
  expect(await spendMany('claim', 'terminal-2', 10)).toEqual(ten);
  // Whoever may claim no more still gives back what was claimed.
  expect(await spendMany('release', 'terminal-1', 11)).toEqual([...ten, false]);
  expect(named).toEqual(['claim terminal-1', 'release terminal-1']);
  const refusal = await spend('release', 'terminal-1', () => {}).catch((error: ProtocolError) => error);
  expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: expect.any(Number) } });
  // To come again when the minute is over.
  const { retryAfterSeconds } = refusal?.details ?? {};
  expect(retryAfterSeconds).toBeGreaterThan(10);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
});
