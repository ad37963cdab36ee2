import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { claimFor } from '../testing/test-cinema.ts';
import { createClaimStore } from './claim-store.ts';
import { createReleaseBound } from './release-claim.ts';

const HOUR = 3600;
const NOW = Date.parse('2026-11-24T20:00:00+08:00');
const now = () => NOW;
const at = wallClockAt(NOW);

describeEachEngine('the bound of releases', (engine) => {
  async function setUp() {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations, await engine.url());
    const alarms: unknown[] = [];
    const logger = { error: (line: unknown) => alarms.push(line) };
    const bound = createReleaseBound(store, { now, windowMs: 48 * HOUR * 1000, max: 3, logger });
    const claims = createClaimStore(store, now);
    const release = async (account: string, startTime = at) =>
      claims.release({ ...claimFor(account), startTime, withoutClaim: await bound(startTime, account) });
    return { bound, claims, release, alarms };
  }

  test('is that of claims: nothing is kept of tickets on which none is accepted any more, or yet', async () => {
    const { bound } = await setUp();
    const hoursFromNow = (hours: number) => bound(addSeconds(at, hours * HOUR), 'terminal-1');
    expect(await hoursFromNow(48)).toBe('keep');
    expect(await hoursFromNow(48.1)).toBe('too-early');
    // A claim that was verified in time may still be on its way.
    expect(await hoursFromNow(-48.5)).toBe('keep');
    expect(await hoursFromNow(-49.1)).toBe('ignore');
  });

  test('puts off what an account adds to as many as it may have, names it once, and nobody else', async () => {
    const { claims, release, alarms } = await setUp();
    const standing = { ...claimFor('terminal-1'), startTime: at };
    await claims.claim(standing);
    // Those of sessions long over do not count.
    for (const hoursAgo of [0, 1, 48, 50]) {
      expect(await release('terminal-1', addSeconds(at, -hoursAgo * HOUR))).toBe('released');
    }
    expect([await release('terminal-1'), await release('terminal-1')]).toEqual(['no-room', 'no-room']);
    expect(alarms).toEqual([{ username: 'terminal-1', max: 3 }]);
    expect(await release('terminal-2')).toBe('released');
    // A claim that holds a ticket can be released whatever else its account did.
    expect(await claims.release({ ...standing, withoutClaim: 'refuse' })).toBe('released');
  });
});
