import { randomBytes } from 'node:crypto';
import type { ProtocolError } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { createClaimLimits } from './claim-limits.ts';

test('each account has claims and releases of its own for a minute, and is named once when it has spent them', () => {
  const { spend } = createClaimLimits(10);
  const named: string[] = [];
  const spendOne = (what: 'claim' | 'release', username: string, block: Buffer): boolean => {
    try {
      spend(what, username, block, (isRepeat) => named.push(`${what} ${username}${isRepeat ? ' again' : ''}`));
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'OVERLOADED' });
      return false;
    }
  };
  const spendMany = (what: 'claim' | 'release', username: string, times: number) =>
    Array.from({ length: times }, () => spendOne(what, username, randomBytes(256)));
  const ten = Array.from({ length: 10 }, () => true);
  expect(spendMany('claim', 'terminal-1', 13)).toEqual([...ten, false, false, false]);
  expect(named).toEqual(['claim terminal-1']);
  expect(spendMany('claim', 'terminal-2', 10)).toEqual(ten);
  // An account that may not claim can still release what it claimed.
  expect(spendMany('release', 'terminal-1', 11)).toEqual([...ten, false]);
  expect(named).toEqual(['claim terminal-1', 'release terminal-1']);
  // What comes again is counted apart.
  const captured = randomBytes(256);
  const again = Array.from({ length: 12 }, () => spendOne('claim', 'terminal-3', captured));
  expect(again).toEqual([true, ...ten, false]);
  expect(spendMany('claim', 'terminal-3', 9)).toEqual(ten.slice(1));
  expect(named.at(-1)).toBe('claim terminal-3 again');

  const refusal = refusalOf(() => spend('release', 'terminal-1', randomBytes(256), () => {}));
  expect(refusal).toMatchObject({ code: 'OVERLOADED', details: { retryAfterSeconds: expect.any(Number) } });
  // To come again when the minute is over.
  const { retryAfterSeconds } = refusal?.details ?? {};
  expect(retryAfterSeconds).toBeGreaterThan(10);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
});

function refusalOf(act: () => void): ProtocolError | undefined {
  try {
    act();
  } catch (error) {
    return error as ProtocolError;
  }
  return undefined;
}
