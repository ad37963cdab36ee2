import { type ProtocolError, parseWallClock, type WallClock } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { createClaimLimits } from './claim-limits.ts';

test('each account has claims and releases of its own for a minute, and is named once when it has spent them', () => {
  const { spend } = createClaimLimits(10);
  const named: string[] = [];
  const [now, before] = ['2026-11-24T12:00:00', '2026-11-24T11:59:59'].map(parseWallClock) as [WallClock, WallClock];
  const spendOne = (what: 'claim' | 'release', username: string, signedAt: WallClock): boolean => {
    try {
      spend(what, username, signedAt, () => named.push(`${what} ${username}`));
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'OVERLOADED' });
      return false;
    }
  };
  const spendMany = (what: 'claim' | 'release', username: string, times: number) =>
    Array.from({ length: times }, () => spendOne(what, username, now));
  const ten = Array.from({ length: 10 }, () => true);
  expect(spendMany('claim', 'terminal-1', 13)).toEqual([...ten, false, false, false]);
  expect(named).toEqual(['claim terminal-1']);
  expect(spendMany('claim', 'terminal-2', 10)).toEqual(ten);
  // An account that may not claim can still release what it claimed.
  expect(spendMany('release', 'terminal-1', 11)).toEqual([...ten, false]);
  expect(named).toEqual(['claim terminal-1', 'release terminal-1']);
  // What was captured in an earlier minute counts apart.
  expect(spendMany('claim', 'terminal-3', 9)).toEqual(ten.slice(1));
  expect(Array.from({ length: 11 }, () => spendOne('claim', 'terminal-3', before))).toEqual([...ten, false]);
  expect(spendMany('claim', 'terminal-3', 2)).toEqual([true, false]);

  const refusal = refusalOf(() => spend('release', 'terminal-1', now, () => {}));
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
