// @module-tag service
import { epochOf, parseWallClock, type RecordId } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { startPlatform } from '../testing/test-platform.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { createClaimReleases, queueingRelease } from './claim-releases.ts';

const now = parseWallClock('2026-11-24T19:50:00');
const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));
const clock = () => epochOf(now);

it('releases the claims after those at which the platform always fails, and tries these again', async () => {
  const platform = await startPlatform({ now: clock, kind: 'claiming', keys: [ukey.key] });
  const terminal = await makeTerminal({ now: clock });
  await terminal.setUpstream(platform.bundle);
  const store = await terminal.open();
  const { cinemaCode, filmTicketCode, startTime } = sellTicket(ukey, parseWallClock('2026-11-24T20:00:00')).info;
  const ids = Array.from({ length: 4 }, (_, n) => `019a0000-0000-7000-8000-00000000000${n}` as RecordId);
  for (const recordId of ids)
    await queueingRelease(store.db, { recordId, cinemaCode, filmTicketCode, startTime }, now).execute();
  const failing = ids.slice(0, 2);
  const failsAt = new Set<unknown>(failing);
  platform.replace('ReleaseClaim', ({ RecordId }, usual) => {
    if (failsAt.has(RecordId)) throw new Error('the platform fails at this claim');
    return usual();
  });

  await terminal.start();
  await platform.until(() => ids.slice(2).every((recordId) => platform.claims.released.has(recordId)));
  failsAt.clear();
  await platform.until(() => failing.every((recordId) => platform.claims.released.has(recordId)));
  const releases = createClaimReleases(store, clock);
  await expect.poll(() => releases.count(), { timeout: 20_000 }).toBe(0);
  await store.close();
});
