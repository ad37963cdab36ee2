// @module-tag service
import { addSeconds, epochOf, type RecordId } from '@ticket-check/protocol';
import type { PeerPlatform } from '@ticket-check/simulators/peers';
import { afterEach, expect, it } from 'vitest';
import { film, makeCinema, now, ukey } from '../testing/evening.ts';
import { type SoldTicket, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { makeTerminal, type TerminalSite } from '../testing/test-terminal.ts';
import { queueingRelease } from './release-claims.ts';

let passedMs = 0;
const clock = () => epochOf(now) + passedMs;
afterEach(() => {
  passedMs = 0;
});

function sold(platform: PeerPlatform): SoldTicket {
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  return ticket;
}

/** The answer to a claim was lost, the guest was refused, and the claim was released; the backup was made in between. */
async function releaseAfterBackup() {
  const { platform, terminal } = await makeCinema({
    now: clock,
    kind: 'claiming',
    settings: { OFFLINE_POLICY: 'refuse', UPSTREAM_BUDGET_MS: '2000' },
  });
  const agent = await terminal.start();
  await terminal.keysStored();
  // The answer has the platform's extensions and generation.
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT' });
  const ticket = sold(platform);
  const findReplies = platform.loseReplies('ClaimTicket');
  const scanning = agent.scan(ticket.code);
  await platform.until(() => platform.claims.standing.size === 2);
  const backup = platform.backUp();
  const { Verdict, RecordId } = await scanning;
  expect(Verdict).toBe('OFFLINE_REFUSED');
  findReplies();
  const recordId = RecordId as RecordId;
  await platform.until(() => platform.claims.released.has(recordId));
  await answered(terminal, 1);
  return { platform, terminal, agent, ticket, recordId, backup };
}

/** Resolves once the terminal has recorded `count` answers. */
async function answered(terminal: TerminalSite, count: number): Promise<void> {
  const store = await terminal.open();
  await expect
    .poll(() => store.db.selectFrom('claimRelease').select('recordId').where('answeredAt', 'is not', null).execute())
    .toHaveLength(count);
  await store.close();
}

it('gives claims back again that a restored platform holds once more, so that the guest gets in', async () => {
  const { platform, terminal, agent, ticket, recordId, backup } = await releaseAfterBackup();
  platform.restore(backup);
  expect(platform.claims.released.has(recordId)).toBe(false);
  // Any answer announces the new generation.
  await agent.scan(sold(platform).code);
  await platform.until(() => platform.claims.released.has(recordId));
  // Another terminal claims: an earlier claim of this one would be released as well.
  const other = await makeTerminal({ now: clock });
  await other.setUpstream(await platform.issue('terminal-2'));
  expect(await (await other.start()).scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });

  // Restored from the same backup a second time: a further generation is believed ten minutes after the last.
  await answered(terminal, 1);
  passedMs = 10 * 60_000;
  platform.restore(backup);
  await agent.scan(sold(platform).code);
  await platform.until(() => platform.claims.released.has(recordId));
});

it('gives them back again after a restart that followed the restore', async () => {
  const { platform, terminal, agent, recordId, backup } = await releaseAfterBackup();
  await agent.close();
  platform.restore(backup);
  const restarted = await terminal.start();
  await restarted.scan(sold(platform).code);
  await platform.until(() => platform.claims.released.has(recordId));
});

it('gives nothing back to a different platform', async () => {
  const { terminal, agent, recordId } = await releaseAfterBackup();
  await agent.close();
  const stranger = await startPlatform({ now: clock, kind: 'claiming', keys: [ukey.key] });
  await terminal.setUpstream(stranger.bundle);
  const moved = await terminal.start();
  expect(await moved.scan(sold(stranger).code)).toMatchObject({ Verdict: 'ADMIT' });
  await stranger.received(1);
  // A release of its own comes through, so that an older one would have come before it.
  stranger.loseReplies('ClaimTicket');
  const own = await moved.scan(sold(stranger).code);
  await stranger.until(() => stranger.claims.released.has(own.RecordId as RecordId));
  expect(stranger.claims.released.has(recordId)).toBe(false);
});

it('keeps answered releases for RESEND_DAYS, and forgets the older ones', async () => {
  const { terminal } = await makeCinema({ now: clock, kind: 'claiming', settings: { RESEND_DAYS: '3' } });
  const store = await terminal.open();
  for (const [n, days] of [2, 4, 5].entries()) {
    const recordId = `019a0000-0000-7000-8000-00000000000${n}`;
    await queueingRelease(store.db, releaseOf(recordId), now).execute();
    const answeredAt = addSeconds(now, -days * 86_400);
    await store.db.updateTable('claimRelease').set({ answeredAt }).where('recordId', '=', recordId).execute();
  }
  await terminal.start();
  await answered(terminal, 1);
});

function releaseOf(recordId: string) {
  const { cinemaCode, filmTicketCode, startTime } = TICKET.info;
  return { recordId: recordId as RecordId, cinemaCode, filmTicketCode, startTime, uncertain: true };
}

const TICKET = sellTicket(ukey, film);

it('releases the claims after those at which the platform always fails, and tries these again', async () => {
  const { platform, terminal } = await makeCinema({ now: clock, kind: 'claiming' });
  const store = await terminal.open();
  const ids = Array.from({ length: 4 }, (_, n) => `019a0000-0000-7000-8000-00000000000${n}` as RecordId);
  for (const recordId of ids) await queueingRelease(store.db, releaseOf(recordId), now).execute();
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
  await answered(terminal, ids.length);
});
