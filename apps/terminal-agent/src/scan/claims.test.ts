// @module-tag service

import { addSeconds, parseRecordId } from '@ticket-check/protocol';
import { type PeerPlatform, ticketKey } from '@ticket-check/simulators/peers';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { film, makeCinema, now, ukey } from '../testing/evening.ts';
import { type SoldTicket, sellTicket } from '../testing/test-cinema.ts';
import { notingGates } from '../testing/test-gates.ts';

const SOMEBODY = parseRecordId('01936000-0000-7000-8000-000000000001');

/** A platform that takes claims, a terminal of it, and a ticket. */
async function claimingCinema(settings: Record<string, string> = {}) {
  const cinema = await makeCinema({ kind: 'claiming', settings });
  return { ...cinema, ticket: cinema.sell() };
}

async function startClaiming(settings: Record<string, string> = {}) {
  const made = await claimingCinema(settings);
  return { ...made, agent: await made.terminal.start() };
}

function sold(platform: PeerPlatform, change: Partial<SoldTicket['info']> = {}): SoldTicket {
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, change);
  return ticket;
}

function claimOf({ claims }: PeerPlatform, { info }: SoldTicket) {
  return claims.standing.get(ticketKey(info));
}

/** The keys are there once a ticket was decided; the answer to it says which extensions the platform speaks. */
async function warm(agent: { scan(text: string): Promise<unknown> }, platform: PeerPlatform) {
  expect(await agent.scan(sold(platform, { refundStatus: 'Yes' }).code)).toMatchObject({ Verdict: 'REFUNDED' });
}

it('admits what it could claim, confirmed, and the platform knows for which scan', async () => {
  const { platform, ticket, agent } = await startClaiming();
  const admitted = await agent.scan(ticket.code, 'gate-2');
  expect(admitted).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, RefundStateKnown: true, ScreenName: '7号厅' });
  expect(claimOf(platform, ticket)).toEqual({ recordId: admitted.RecordId, checkTime: now, gate: 'gate-2' });
  expect(platform.asked).not.toContain('GetTicketInfo');
  await platform.received(1);
  expect(platform.records[0]).toMatchObject({ recordId: admitted.RecordId, ticketType: '网络售票', rowNum: 8 });
});

it('does not call confirmed what a platform claimed that may have forgotten who went in before', async () => {
  const { platform, ticket, agent } = await startClaiming();
  platform.claimReply = { restoredAt: addSeconds(now, -600) };
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  // Long before this terminal's own window: another one's may be the widest there is, and its clock fast.
  platform.claimReply = { restoredAt: addSeconds(film, -25 * 3600) };
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  platform.claimReply = { restoredAt: addSeconds(film, -25 * 3600 - 1) };
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
});

it('does not call confirmed what does not exclude every other entry', async () => {
  const { platform, agent } = await startClaiming();
  await warm(agent, platform);
  platform.claimReply = { entryPossible: true };
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  platform.claimReply = { sharedCinema: true };
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  platform.claimReply = {};
  expect(await agent.scan(sold(platform).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
});

it('tells a ticket that another terminal holds from one that went in', async () => {
  const { platform, ticket, agent } = await startClaiming();
  const { info } = ticket;
  const entry = { recordId: SOMEBODY, checkTime: addSeconds(now, -60), gate: 'gate-1' };
  platform.claims.standing.set(ticketKey(info), entry);
  expect(await agent.scan(ticket.code)).toMatchObject({
    Verdict: 'ALREADY_ENTERED',
    MessageZh: '此票正被其他检票口占用，尚无入场记录，请找值班经理',
  });
  // A gate of another terminal has the name of one of this one.
  const { FirstEntry: held } = await agent.scan(ticket.code, 'gate-2');
  expect(held).toEqual({ CheckTime: entry.checkTime, Recorded: false });
  platform.claimReply = { entry: { ...entry, terminal: '2 号门' } };
  const { FirstEntry, MessageZh } = await agent.scan(ticket.code, 'gate-2');
  expect(FirstEntry).toEqual({ CheckTime: entry.checkTime, Gate: 'gate-1', Terminal: '2 号门' });
  expect(MessageZh).toBe('此票已入场');
  await agent.close();
  expect(claimOf(platform, ticket)).toEqual(entry);
});

it('says where the refund state is unknown, and raises a refund that it learns of later', async () => {
  const { platform, terminal, ticket, agent } = await startClaiming();
  await warm(agent, platform);
  platform.claimReply = { stateKnown: false, ticket: null };
  const admitted = await agent.scan(ticket.code);
  expect(admitted).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, RefundStateKnown: false });
  expect(admitted.Message).toContain('refund state unknown');
  platform.sell(ticket.info, { refundStatus: 'Yes', refundTime: now });
  await platform.nextAsked('GetTicketInfo');
  await agent.close();
  const store = await terminal.open();
  const scan = store.db
    .selectFrom('scan')
    .selectAll()
    .where('recordId', '=', admitted.RecordId ?? '');
  expect(await scan.executeTakeFirst()).toMatchObject({ lateVerdict: 'REFUNDED', lateNoticedAt: now });
});

describe('gives a claim back that admitted nobody', () => {
  it('where the cinema refuses what nobody sold', async () => {
    const { platform, agent } = await startClaiming({ UNKNOWN_TICKET_POLICY: 'refuse' });
    const { Verdict, RecordId } = await agent.scan(sellTicket(ukey, film).code);
    expect(Verdict).toBe('NOT_SOLD');
    await platform.until(() => platform.claims.released.has(RecordId as never));
    expect(platform.claims.standing.size).toBe(0);
  });

  it('where the answer did not come in time, after a restart too, and the late claim does not revive', async () => {
    const { platform, terminal, ticket } = await claimingCinema({ OFFLINE_POLICY: 'refuse' });
    const agent = await terminal.start({ settings: { UPSTREAM_BUDGET_MS: '1500' } });
    await terminal.keysStored();
    const release = platform.hold();
    const { Verdict, RecordId } = await agent.scan(ticket.code);
    expect(Verdict).toBe('OFFLINE_REFUSED');
    await agent.close();
    release();

    const restarted = await terminal.start();
    await platform.until(() => platform.claims.released.has(RecordId as never));
    const again = await restarted.scan(ticket.code);
    expect(again).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    expect(claimOf(platform, ticket)?.recordId).toBe(again.RecordId);
  });
});

describe('does not hold a guest’s own earlier scan against them', () => {
  /** A guest was refused because the answer to the claim was lost, and the platform has not heard of that yet. */
  async function loseAnswer() {
    const made = await startClaiming({ OFFLINE_POLICY: 'refuse', UPSTREAM_BUDGET_MS: '2000' });
    const { platform, terminal, ticket, agent } = made;
    await terminal.keysStored();
    await warm(agent, platform);
    const findReplies = platform.loseReplies('ClaimTicket');
    const hearReleases = platform.ignore('ReleaseClaim');
    const first = await agent.scan(ticket.code);
    expect(first).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
    expect(claimOf(platform, ticket)?.recordId).toBe(first.RecordId);
    await platform.until(() => platform.asked.includes('ReleaseClaim'));
    findReplies();
    return { ...made, first, hearReleases };
  }

  it('but gives its claim back at once and claims again', async () => {
    const { platform, ticket, agent, first, hearReleases } = await loseAnswer();
    hearReleases();
    const second = await agent.scan(ticket.code, 'gate-2');
    expect(second).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    expect(second.RecordId).not.toBe(first.RecordId);
    expect(claimOf(platform, ticket)?.recordId).toBe(second.RecordId);
    await platform.received(1);
  });

  it('but asks for another try if the claim cannot be released now', async () => {
    const { ticket, agent, hearReleases } = await loseAnswer();
    expect(await agent.scan(ticket.code)).toMatchObject({
      Verdict: 'OFFLINE_REFUSED',
      RetryInSeconds: 2,
      MessageZh: expect.stringContaining('请重新扫描'),
    });
    hearReleases();
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  });
});

describe('after a crash between claim and decision', () => {
  /** Scans that end after the claim, as a process does that is killed there. */
  async function crash(change: string, scans: number) {
    const made = await startClaiming();
    const { platform, terminal, ticket, agent } = made;
    await warm(agent, platform);
    const store = await terminal.open();
    await sql`create trigger cut before ${sql.raw(change)} begin select raise(abort, 'cut'); end`.execute(store.db);
    const verdicts = await Promise.all(Array.from({ length: scans }, () => agent.scan(ticket.code)));
    for (const verdict of verdicts) expect(verdict).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
    await agent.close();
    await sql`drop trigger cut`.execute(store.db);
    expect(platform.claims.standing.size).toBe(1);
    return { ...made, claim: claimOf(platform, ticket) };
  }

  it('goes on under the same RecordId at the gate where the guest stands, and only there', async () => {
    const { platform, terminal, ticket, claim } = await crash('insert on entry', 1);
    const gates = notingGates();
    const agent = await terminal.start(gates);
    expect(await agent.scan(ticket.code, 'gate-2')).toMatchObject({
      Verdict: 'ALREADY_ENTERED',
      FirstEntry: { Recorded: false },
    });
    expect(await agent.scan(ticket.code)).toMatchObject({
      Verdict: 'ADMIT',
      Confirmed: true,
      RecordId: claim?.recordId,
    });
    expect(gates.opened).toEqual([['gate-1', claim?.recordId]]);
    await platform.received(1);
    expect(platform.records.map(({ recordId }) => recordId)).toEqual([claim?.recordId]);
    expect(claimOf(platform, ticket)).toEqual(claim);
  });

  it('releases the claim of another one of several cut scans, also where the disk was full the first time', async () => {
    const { platform, terminal, ticket } = await crash('update of verdict on scan', 3);
    const agent = await terminal.start();
    const { db } = await terminal.open();
    // What breaks the rule is found at the commit, as a full disk is.
    await sql`create table rule (id integer primary key, kept integer references rule deferrable initially deferred)`.execute(
      db,
    );
    await sql`
      create trigger uncommittable before update of verdict on scan begin insert into rule (kept) values (-1); end
    `.execute(db);
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
    await sql`drop trigger uncommittable`.execute(db);
    const admitted = await agent.scan(ticket.code);
    expect(admitted).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    await platform.received(1);
    expect(claimOf(platform, ticket)?.recordId).toBe(admitted.RecordId);
  });

  it('keeps the claims of cut scans until the record of the guest who was admitted meanwhile has arrived', async () => {
    const { platform, terminal, ticket, claim } = await crash('update of verdict on scan', 3);
    await platform.stop();
    const agent = await terminal.start();
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    const { db } = await terminal.open();
    expect(await db.selectFrom('claimRelease').selectAll().execute()).toEqual([]);
    expect(claimOf(platform, ticket)).toEqual(claim);
    await platform.restart();
    await platform.received(1);
  });

  it('releases the claim if the upstream is gone and the policy is to refuse', async () => {
    const { platform, terminal, ticket, claim } = await crash('insert on entry', 1);
    await platform.stop();
    const agent = await terminal.start({ settings: { OFFLINE_POLICY: 'refuse' } });
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'OFFLINE_REFUSED', RecordId: claim?.recordId });
    await platform.restart();
    await platform.until(() => platform.claims.standing.size === 0);
  });
});
