// @module-tag service
import { APIS, addSeconds, epochOf } from '@ticket-check/protocol';
import { ticketKey } from '@ticket-check/simulators/peers';
import type { PeerPlatform } from '@ticket-check/simulators/peers/vitest';
import { describe, expect, it } from 'vitest';
import { film, makeCinema, now as start, ukey } from '../testing/evening.ts';
import {
  makeUkey,
  type PlatformKind,
  type SoldTicket,
  sellTicket,
  startPlatform,
  throughCapsLock,
} from '../testing/test-cinema.ts';
import { notingGates } from '../testing/test-gates.ts';
import { listedScans, type TerminalSite } from '../testing/test-terminal.ts';

/** A platform with e-tickets, and a terminal of it. */
async function eTicketCinema(settings: Record<string, string> = {}, kind: PlatformKind = 'e-tickets') {
  const cinema = await makeCinema({ settings, kind });
  return { ...cinema, pass: (seconds: number) => cinema.wait(seconds * 1000) };
}

/** Starts the agent, and waits until it has the keys of e-tickets. */
async function startWithKeys(
  { platform, terminal }: Pick<Awaited<ReturnType<typeof eTicketCinema>>, 'platform' | 'terminal'>,
  options: Parameters<TerminalSite['start']>[0] = {},
) {
  const asked = platform.nextAsked(APIS.getETicketKeys);
  const agent = await terminal.start(options);
  await terminal.keysStored();
  await asked;
  // It waits for the keys that are on their way.
  const { code } = sold(platform, { refundStatus: 'Yes' });
  expect(await agent.scan(platform.eTickets.qr(code))).toMatchObject({ Verdict: 'REFUNDED' });
  return agent;
}

async function startETickets(
  settings: Record<string, string> = {},
  options: Parameters<TerminalSite['start']>[0] = {},
) {
  const cinema = await eTicketCinema(settings);
  return { ...cinema, agent: await startWithKeys(cinema, options) };
}

/** A ticket that was sold as an e-ticket, and its link. */
function sold(platform: PeerPlatform, change: Partial<SoldTicket['info']> = {}) {
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info, change);
  const link = platform.eTickets.create({ ...ticket.info, ticketInfoCode: ticket.code });
  return { ...ticket, link };
}

it('admits an e-ticket once, whatever its QR says by then, and keeps that it was shown as one', async () => {
  const { platform, terminal, pass, agent } = await startETickets();
  const { code, info } = sold(platform);
  const qr = platform.eTickets.qr(code);
  pass(30);
  const admitted = await agent.scan(qr);
  expect(admitted).toMatchObject({
    Verdict: 'ADMIT',
    Confirmed: true,
    FilmTicketCode: info.filmTicketCode,
    ETicket: { Time: start, AgeSeconds: 30 },
  });
  const renewed = platform.eTickets.qr(code);
  expect(renewed).not.toBe(qr);
  expect(await agent.scan(renewed, 'gate-2')).toMatchObject({
    Verdict: 'ALREADY_ENTERED',
    FirstEntry: { CheckTime: addSeconds(start, 30) },
    ETicket: { AgeSeconds: 0 },
  });
  await platform.received(1);
  expect(platform.records[0]).toMatchObject({ recordId: admitted.RecordId, ticketInfoCode: code });
  expect(await listedScans(terminal, 2)).toMatchObject([
    { Verdict: 'ADMIT', ETicketTime: start, ETicketAgeSeconds: 30 },
    { Verdict: 'ALREADY_ENTERED', ETicketTime: addSeconds(start, 30), ETicketAgeSeconds: 0 },
  ]);
});

it('refuses a screenshot after five minutes, and a time that lies ahead, and lets a renewed one in', async () => {
  const { platform, terminal, pass, agent } = await startETickets();
  const { code, info } = sold(platform);
  const screenshot = platform.eTickets.qr(code);
  pass(301);
  const refused = await agent.scan(screenshot);
  expect(refused).toMatchObject({
    Verdict: 'ETICKET_STALE',
    FilmTicketCode: info.filmTicketCode,
    ETicket: { Time: start, AgeSeconds: 301 },
  });
  expect(refused.Message).toContain('verified 5 min ago');
  const ahead = await agent.scan(platform.eTickets.qr(code, { time: epochOf(addSeconds(start, 602)) / 1000 }));
  expect(ahead).toMatchObject({ Verdict: 'ETICKET_STALE', ETicket: { AgeSeconds: -301 } });
  expect(ahead.Message).toContain('5 min ahead');
  expect(platform.claims.standing.size).toBe(0);
  const exactly = platform.eTickets.qr(code);
  pass(300);
  expect(await agent.scan(exactly)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  const details = (await listedScans(terminal, 3)).map(({ Detail }) => Detail);
  expect(details).toEqual(['e-ticket-time', 'e-ticket-time', null]);
});

describe('a forgery', () => {
  it('is not genuine, whichever part of it was changed', async () => {
    const { platform, terminal, agent } = await startETickets();
    const [mine, theirs] = [sold(platform), sold(platform)];
    const qr = platform.eTickets.qr(mine.code);
    const others = platform.eTickets.qr(theirs.code);
    const part = (text: string, name: string) => new URL(text).searchParams.get(name) ?? '';
    const forgeries = {
      'a later time': qr.replace(`t=${part(qr, 't')}`, `t=${Number(part(qr, 't')) + 60}`),
      'another code': qr.replace(part(qr, 'c'), part(others, 'c')),
      'another signature': qr.replace(part(qr, 's'), part(others, 's')),
      'a key of nobody': qr.replace(part(qr, 'k'), 'AAAAAAAAAAA'),
    };
    for (const [name, text] of Object.entries(forgeries)) {
      // Of an unknown key nothing is said while keys are on their way that were asked for before.
      await expect
        .poll(() => agent.scan(text), { message: name })
        .toMatchObject({ Verdict: 'NOT_GENUINE', ETicket: {} });
    }
    const refusals = (await listedScans(terminal, 100)).filter(({ Verdict }) => Verdict === 'NOT_GENUINE');
    expect(refusals.map(({ Detail }) => Detail)).toEqual([
      'e-ticket-signature',
      'e-ticket-signature',
      'e-ticket-signature',
      'e-ticket-key-unknown',
    ]);
    const refused = forgeries['a later time'];
    expect(await agent.scan(refused.slice(0, -1))).toMatchObject({ Verdict: 'UNREADABLE' });
    expect(await agent.scan(throughCapsLock(qr))).toMatchObject({ Verdict: 'UNREADABLE' });
    expect(await agent.scan(platform.eTickets.qr(mine.code, { host: 'tickets.elsewhere.cn' }))).toMatchObject({
      Verdict: 'UNREADABLE',
      Message: expect.stringContaining('another platform'),
    });
    // The next good one works at once.
    expect(await agent.scan(qr)).toMatchObject({ Verdict: 'ADMIT' });
  });

  it('of the code in it is not genuine either, though the platform signed it', async () => {
    const { platform, agent } = await startETickets();
    const forged = sellTicket(makeUkey(start), film);
    expect(await agent.scan(platform.eTickets.qr(forged.code))).toMatchObject({ Verdict: 'NOT_GENUINE' });
  });
});

describe('keys', () => {
  it('that are new are fetched for the scan that names one, and those before are taken all the same', async () => {
    const { platform, agent } = await startETickets();
    const tickets = Array.from({ length: 3 }, () => sold(platform));
    const before = platform.eTickets.qr(tickets.pop()!.code);
    const asked = () => platform.queries(APIS.getETicketKeys).length;
    const askedBefore = asked();
    // SM2 in place of Ed25519.
    platform.eTickets.rotate('sm2-sm3');
    const release = platform.hold(APIS.getETicketKeys);
    const asking = platform.nextAsked(APIS.getETicketKeys);
    // Two guests who come at once take the same answer.
    const scans = tickets.map(({ code }, index) => agent.scan(platform.eTickets.qr(code), `gate-${index + 1}`));
    await asking;
    release();
    for (const one of scans) expect(await one).toMatchObject({ Verdict: 'ADMIT' });
    expect(await agent.scan(before)).toMatchObject({ Verdict: 'ADMIT' });
    expect(asked()).toBe(askedBefore + 1);
  });

  it('that are listed twice spoil nothing', async () => {
    const cinema = await eTicketCinema();
    const { platform } = cinema;
    const { host, keys } = platform.eTickets.published();
    platform.eTickets.published = () => ({ host, keys: [...keys, ...keys] });
    const agent = await startWithKeys(cinema);
    expect(await agent.scan(platform.eTickets.qr(sold(platform).code))).toMatchObject({ Verdict: 'ADMIT' });
  });

  it('that were revoked make an e-ticket stale, and a page that shows a new one lets its guest in', async () => {
    const { platform, terminal, agent } = await startETickets();
    const [mine, theirs] = [sold(platform), sold(platform)];
    const stolen = platform.eTickets.qr(theirs.code);
    platform.eTickets.revoke();
    expect(await agent.scan(platform.eTickets.qr(mine.code))).toMatchObject({ Verdict: 'ADMIT' });
    expect(await agent.scan(stolen)).toMatchObject({ Verdict: 'ETICKET_STALE' });
    expect(await listedScans(terminal, 1)).toMatchObject([{ Detail: 'e-ticket-key-revoked' }]);
  });

  it('are kept for when the line is down, also after a restart; of one that is missing nobody says that it is forged', async () => {
    const cinema = await eTicketCinema();
    const { platform, terminal } = cinema;
    const [mine, theirs] = [sold(platform), sold(platform)];
    const agent = await startWithKeys(cinema);
    await agent.close();
    await platform.stop();
    const offline = await terminal.start();
    expect(await offline.scan(platform.eTickets.qr(mine.code))).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    platform.eTickets.rotate();
    expect(await offline.scan(platform.eTickets.qr(theirs.code))).toMatchObject({
      Verdict: 'KEYS_PENDING',
      RetryInSeconds: expect.any(Number),
    });
  });

  it('are fetched only as often as one terminal may, however many forgeries name unknown ones', async () => {
    const { platform, agent } = await startETickets();
    const qr = platform.eTickets.qr(sold(platform).code);
    const verdicts: string[] = [];
    const asked = () => platform.queries(APIS.getETicketKeys).length;
    const askedBefore = asked();
    for (const letter of 'ABCDE') {
      const forged = qr.replace(/k=[\w-]{11}/, `k=${letter.repeat(11)}`);
      verdicts.push((await agent.scan(forged)).Verdict);
    }
    expect(verdicts).toEqual(['NOT_GENUINE', ...Array(4).fill('KEYS_PENDING')]);
    expect(asked()).toBe(askedBefore + 1);
    expect(await agent.scan(qr)).toMatchObject({ Verdict: 'ADMIT' });
  });

  it('are not fetched if the platform has no e-tickets, and those of others are reported as such', async () => {
    const { platform, terminal } = await eTicketCinema({}, 'claiming');
    const agent = await terminal.start();
    const ticket = sellTicket(ukey, film);
    platform.sell(ticket.info);
    expect(await agent.scan(sold(platform, { refundStatus: 'Yes' }).code)).toMatchObject({ Verdict: 'REFUNDED' });
    const elsewhere = { Verdict: 'UNREADABLE', Message: expect.stringContaining('another platform') };
    for (let scans = 0; scans < 5; scans += 1) {
      expect(await agent.scan(platform.eTickets.qr(ticket.code))).toMatchObject(elsewhere);
    }
    expect(platform.asked).not.toContain(APIS.getETicketKeys);
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  });
});

describe.each([
  ['has no e-tickets', 'claiming'],
  ['has e-tickets of its own', 'e-tickets'],
] as const)('the keys of a former platform, where the one that was set %s,', (_, kind) => {
  it('are forgotten: what they signed counts as another platform’s, and its bare code is admitted', async () => {
    const { platform, terminal, now, agent } = await startETickets();
    const { code, info } = sold(platform);
    const before = platform.eTickets.qr(sold(platform, { refundStatus: 'Yes' }).code);
    const other = await startPlatform({ now, kind, keys: [ukey.key] });
    other.eTickets.host = 'tickets.elsewhere.cn';
    other.sell(info);
    await terminal.setUpstream(other.bundle);
    await expect.poll(async () => (await agent.scan(before)).Verdict).toBe('UNREADABLE');
    expect(await agent.scan(before)).toMatchObject({ Message: expect.stringContaining('another platform') });
    const { db } = await terminal.open();
    const known = await db.selectFrom('eTicketSource').select('host').execute();
    expect(known).toEqual(kind === 'claiming' ? [] : [{ host: 'tickets.elsewhere.cn' }]);
    const scan = kind === 'claiming' ? code : other.eTickets.qr(code);
    expect(await agent.scan(scan)).toMatchObject({ Verdict: 'ADMIT' });
  });
});

describe('the bare code of a ticket with a live e-ticket', () => {
  it('is refused until the ticket was picked up, and claims nothing meanwhile', async () => {
    const { platform, agent } = await startETickets();
    const { code, info } = sold(platform);
    const refused = await agent.scan(code);
    expect(refused).toMatchObject({ Verdict: 'ETICKET_ONLY', FilmTicketCode: info.filmTicketCode });
    expect(refused.ETicket).toBeUndefined();
    expect(platform.claims.standing.has(ticketKey(info))).toBe(false);
    expect(platform.claims.released.has(refused.RecordId as never)).toBe(false);
    platform.eTickets.pickUp(info);
    expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  });

  it('is admitted after its link was ended, and refused again with the next one', async () => {
    const { platform, agent } = await startETickets();
    const [first, second] = [sold(platform), sold(platform)];
    platform.eTickets.end(first.link.token);
    platform.eTickets.end(second.link.token);
    expect(await agent.scan(first.code)).toMatchObject({ Verdict: 'ADMIT' });
    platform.eTickets.create({ ...second.info, ticketInfoCode: second.code });
    expect(await agent.scan(second.code)).toMatchObject({ Verdict: 'ETICKET_ONLY' });
    expect(await agent.scan(platform.eTickets.qr(second.code))).toMatchObject({ Verdict: 'ADMIT' });
  });

  it('does not open a gate that stayed shut for the e-ticket, which still opens it', async () => {
    const gate = notingGates();
    const { platform, terminal, agent } = await startETickets({}, gate);
    const { code } = sold(platform);
    gate.stuck = true;
    const admitted = await agent.scan(platform.eTickets.qr(code));
    expect(admitted).toMatchObject({ Verdict: 'ADMIT', GateOpened: false });
    gate.stuck = false;
    const copied = await agent.scan(code);
    expect(copied).toMatchObject({ Verdict: 'ETICKET_ONLY' });
    expect(copied.RecordId).not.toBe(admitted.RecordId);
    expect(gate.opened).toEqual([]);
    expect(await agent.scan(platform.eTickets.qr(code))).toMatchObject({
      Verdict: 'ADMIT',
      RecordId: admitted.RecordId,
    });
    expect(gate.opened).toEqual([['gate-1', admitted.RecordId]]);
    expect(await agent.scan(code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    const verdicts = (await listedScans(terminal, 3)).map(({ Verdict }) => Verdict);
    expect(verdicts).toEqual(['ADMIT', 'ETICKET_ONLY', 'ALREADY_ENTERED']);
  });

  it('is reported as refunded or entered if that is the objection', async () => {
    const { platform, agent } = await startETickets();
    const [refunded, entered] = [sold(platform, { refundStatus: 'Yes' }), sold(platform)];
    expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
    expect(await agent.scan(platform.eTickets.qr(entered.code))).toMatchObject({ Verdict: 'ADMIT' });
    expect(await agent.scan(entered.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  });
});

describe('at one scanner', () => {
  it.each(['10000', '1'])('an e-ticket that is renewed while it is held there is one read: %s ms', async (window) => {
    const { platform, terminal, pass, agent } = await startETickets({ DEBOUNCE_MS: window });
    const { code } = sold(platform);
    const qr = platform.eTickets.qr(code);
    const admitted = await agent.scan(qr, undefined, 'left');
    pass(1);
    // By then the window for the same text is over where it is 1 ms.
    const other = await agent.scan(platform.eTickets.qr(sold(platform).code), undefined, 'right');
    const again = await agent.scan(platform.eTickets.qr(code), undefined, 'left');
    expect(again).toMatchObject({ Repeated: true, RecordId: admitted.RecordId });
    const kept = (await listedScans(terminal)).map(({ RecordId }) => RecordId);
    expect(kept.slice(1)).toEqual([admitted.RecordId, other.RecordId]);
  });

  it('one that was refused for its age is none with the renewed one, nor a forgery with the good one', async () => {
    const { platform, pass, agent } = await startETickets({ DEBOUNCE_MS: '10000' });
    const [mine, theirs] = [sold(platform), sold(platform)];
    const screenshot = platform.eTickets.qr(mine.code);
    pass(301);
    expect(await agent.scan(screenshot, undefined, 'left')).toMatchObject({ Verdict: 'ETICKET_STALE' });
    const renewed = await agent.scan(platform.eTickets.qr(mine.code), undefined, 'left');
    expect(renewed).toMatchObject({ Verdict: 'ADMIT' });
    expect(renewed.Repeated).toBeUndefined();
    const good = platform.eTickets.qr(theirs.code);
    const forged = good.replace(/&t=\d+/, `&t=${epochOf(start) / 1000 + 300}`);
    expect(await agent.scan(forged, undefined, 'left')).toMatchObject({ Verdict: 'NOT_GENUINE' });
    expect(await agent.scan(good, undefined, 'left')).toMatchObject({ Verdict: 'ADMIT' });
  });
});
