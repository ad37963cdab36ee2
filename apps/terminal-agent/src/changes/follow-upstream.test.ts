// @module-tag service
import { APIS, addSeconds, type TicketInfo } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { clock, film, makeCinema as makeEvening, now, ukey } from '../testing/evening.ts';
import { CINEMA, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { healthOf, listedScans } from '../testing/test-terminal.ts';
import { loadKnownChanges } from './follow-upstream.ts';

const NOTHING = { refunded: false, liveETicket: false };
const REFUNDED = { ...NOTHING, refunded: true };
const LIVE = { ...NOTHING, liveETicket: true };

/** A terminal that hears of changes. */
async function makeCinema(kind: 'claiming' | 'plain' = 'claiming') {
  const cinema = await makeEvening({ kind, offersChanges: true });
  const store = await cinema.terminal.open();
  const isKnown = async ({ info }: { info: TicketInfo }) => loadKnownChanges(store, info);
  return { ...cinema, store, isKnown };
}

it('refuses without a line a ticket that was refunded while there was one, admits others, and says how old that knowledge is', async () => {
  const { platform, terminal, isKnown, wait } = await makeCinema();
  const [live, refunded, other] = [sellTicket(ukey, film), sellTicket(ukey, film), sellTicket(ukey, film)];
  platform.changes.push({ ...live.info, kind: 'eticket-live' });
  platform.sell(refunded.info, { refundStatus: 'Yes' });
  platform.sell(other.info);
  const agent = await terminal.start();
  await expect.poll(() => isKnown(refunded)).toEqual(REFUNDED);
  expect(await isKnown(other)).toEqual(NOTHING);
  expect(platform.ticketsAsked()).toEqual([]);
  await terminal.keysStored();
  await platform.stop();
  wait(3_600_000);

  expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED', ChangesKnownAt: now });
  const admitted = await agent.scan(other.code);
  expect(admitted).toMatchObject({ Verdict: 'ADMIT', ChangesKnownAt: now, RefundStateKnown: false });
  expect(admitted.Message).toContain('refunds known up to 11-24 19:50');
  expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
  expect(await agent.scan(live.code)).toMatchObject({ Verdict: 'ETICKET_ONLY', ChangesKnownAt: now });
  expect(await listedScans(terminal)).toMatchObject([
    { Verdict: 'REFUNDED', ChangesKnownAt: now },
    { Verdict: 'ADMIT', ChangesKnownAt: now },
    { Verdict: 'REFUNDED' },
    { Verdict: 'ETICKET_ONLY', ChangesKnownAt: now },
  ]);
  expect(await healthOf(agent, terminal.env.DATA_DIR ?? '')).toMatchObject({
    changes: { ok: true, offered: true, changesKnownAt: now },
  });
  // A restart knows as much.
  await agent.close();
  const again = await terminal.start();
  expect(await again.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED', ChangesKnownAt: now });
});

it('goes by the answer if there is one, and releases a claim if only the state is missing', async () => {
  const { platform, terminal, isKnown } = await makeCinema();
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, { refundStatus: 'Yes' });
  const agent = await terminal.start();
  await expect.poll(async () => (await isKnown(ticket)).refunded).toBe(true);
  platform.claimReply = { stateKnown: false, ticket: null };
  platform.sell(ticket.info, { refundStatus: 'No' });
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'REFUNDED' });
  await platform.until(() => platform.asked.includes(APIS.releaseClaim));
});

it('refuses a ticket that was refunded as far as the platform above has heard, though nobody told this terminal', async () => {
  const { platform, terminal, isKnown } = await makeCinema();
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);
  const agent = await terminal.start();
  platform.claimReply = { stateKnown: false, ticket: null, refunded: true };
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'REFUNDED' });
  expect((await isKnown(ticket)).refunded).toBe(false);
  platform.claimReply = { stateKnown: false, ticket: null };
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', RefundStateKnown: false });
});

it('keeps what matters to sessions that are not over, and of an e-ticket the last word', async () => {
  const { platform, terminal, store, isKnown, wait } = await makeCinema();
  const longOver = sellTicket(ukey, addSeconds(film, -4 * 86_400));
  const [live, ended, refunded] = [sellTicket(ukey, film), sellTicket(ukey, film), sellTicket(ukey, film)];
  platform.sell(longOver.info, { refundStatus: 'Yes' });
  for (const [{ info }, kind] of [
    [live, 'eticket-live'],
    [ended, 'eticket-live'],
    [ended, 'eticket-ended'],
  ] as const) {
    platform.changes.push({ ...info, kind });
  }
  platform.sell(refunded.info, { refundStatus: 'Yes' });
  const agent = await terminal.start();
  await expect.poll(() => isKnown(refunded)).toEqual(REFUNDED);
  expect(await isKnown(live)).toEqual(LIVE);
  expect(await isKnown(ended)).toEqual(NOTHING);
  expect(await isKnown(longOver)).toEqual(NOTHING);
  await agent.close();
  platform.changes.push({ ...live.info, kind: 'eticket-ended' });
  const again = await terminal.start();
  await expect.poll(() => isKnown(live)).toEqual(NOTHING);
  await again.close();
  wait(4 * 86_400_000);
  await terminal.start();
  await expect.poll(() => store.db.selectFrom('knownChange').selectAll().execute()).toEqual([]);
});

/** A terminal that knows of a refund and of a live e-ticket, and was stopped. */
async function makeKnowing() {
  const cinema = await makeCinema();
  const { platform, terminal, isKnown } = cinema;
  const [live, refunded] = [sellTicket(ukey, film), sellTicket(ukey, film)];
  platform.changes.push({ ...live.info, kind: 'eticket-live' });
  platform.sell(refunded.info, { refundStatus: 'Yes' });
  const agent = await terminal.start();
  await expect.poll(() => isKnown(refunded)).toEqual(REFUNDED);
  expect(await isKnown(live)).toEqual(LIVE);
  return { ...cinema, agent, live, refunded };
}

it('forgets with the beginning of other data which e-tickets were live, keeps refunds, and hears again of those that are', async () => {
  const { platform, terminal, agent, isKnown, live, refunded } = await makeKnowing();
  const other = sellTicket(ukey, film);
  await agent.close();
  platform.restore();
  platform.changes.splice(0, platform.changes.length, { ...other.info, kind: 'eticket-live' });
  await terminal.start();
  await expect.poll(() => isKnown(other)).toEqual(LIVE);
  expect(await isKnown(live)).toEqual(NOTHING);
  expect(await isKnown(refunded)).toEqual(REFUNDED);
});

it('forgets which e-tickets were live as soon as another upstream is set, which says nothing yet', async () => {
  const { terminal, isKnown, live, refunded } = await makeKnowing();
  const other = await startPlatform({ now: clock, kind: 'claiming' });
  await other.stop();
  await terminal.setUpstream(other.bundle);
  await expect.poll(() => isKnown(live)).toEqual(NOTHING);
  expect(await isKnown(refunded)).toEqual(REFUNDED);
});

it('hears of its cinema also where the account has lost another one', async () => {
  const { platform, terminal, isKnown } = await makeCinema();
  const { CinemaCodes } = platform.bundle;
  await terminal.setUpstream({ ...platform.bundle, CinemaCodes: [...CinemaCodes, '31012346'] });
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, { refundStatus: 'Yes' });
  await terminal.start();
  await expect.poll(() => isKnown(ticket)).toEqual(REFUNDED);
});

it('says nothing of refunds below a plain platform', async () => {
  const { platform, terminal } = await makeCinema('plain');
  const agent = await terminal.start();
  await terminal.keysStored();
  await platform.stop();
  expect(await agent.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  const [scan] = await listedScans(terminal);
  expect(scan).toMatchObject({ ChangesKnownAt: null });
});

it('keeps more changes where it checks tickets of all cinemas than where it does of one', {
  tags: 'slow',
}, async () => {
  const { platform, terminal, store, isKnown } = await makeCinema();
  await sql`
    insert into known_change (start_time, cinema_code, film_ticket_code, kind)
    with recursive each (n) as (select 1 union all select n + 1 from each where n < 100000)
    select ${film}, ${CINEMA}, printf('%016d', n), 'refunded' from each
  `.execute(store.db);
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, { refundStatus: 'Yes' });
  const ofOne = await terminal.start();
  await expect
    .poll(() => healthOf(ofOne, terminal.env.DATA_DIR ?? ''))
    .toMatchObject({
      status: 'degraded',
      upstream: { faults: [{ kind: 'unusable-reply', subject: APIS.listChanges }] },
    });
  expect((await isKnown(ticket)).refunded).toBe(false);
  await ofOne.close();
  await terminal.setUpstream({ ...platform.bundle, CinemaCodes: ['*'] });
  await terminal.start();
  await expect.poll(async () => (await isKnown(ticket)).refunded).toBe(true);
});
