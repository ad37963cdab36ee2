import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPart } from '@ticket-check/box-office';
import { connectScanner, type Role } from '@ticket-check/dev-network';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, type Bundle, shanghaiTime } from './testing/client.ts';
import { runHere } from './testing/commands.ts';
import { eventually } from './testing/eventually.ts';
import { type PlainScene, plainScene } from './testing/plain-scene.ts';
import { testSite } from './testing/site.ts';
import { checkRecord, plainTicket, reportQuery, sellTicket, sellTickets, ticketQuery } from './testing/tickets.ts';

// The three services are started once, with nothing in them, and every command acts on them while they run.

const REPORT = 'ReportOriginalCheckTickets';

const site = await testSite();
let scene: PlainScene;
let cinema: string;
let national: Bundle;
let terminal: Bundle;

beforeAll(async () => {
  [scene] = await Promise.all([plainScene(), site.startAll()]);
  cinema = scene.cinema;
});
afterAll(() => scene?.plain.close());

function setUpstream(role: Role, bundle: Bundle) {
  const path = join(site.directory, `${role}-upstream.json`);
  writeFileSync(path, JSON.stringify(bundle), { mode: 0o600 });
  return site.command(role, ['upstream', 'set', path]);
}

async function take(kind: string, ...rows: object[]) {
  const path = join(site.directory, `${kind}.ndjson`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const [counts] = await site.list('national-platform', 'import', kind, path);
  return counts;
}

/** A ticket that the national platform learns of by a command. */
async function sold() {
  const ticket = sellTicket(scene.boxOffice);
  expect(await take('tickets', plainTicket(ticket))).toEqual({ Imported: 1, Unchanged: 0 });
  return ticket;
}

async function atNational(): Promise<unknown[]> {
  const records = await site.list('national-platform', 'records', 'list');
  return records.map(({ FilmTicketCode }) => FilmTicketCode);
}

const waiting = async () => JSON.parse((await site.get('third-party-platform', '/health')).text).records.waiting;

test('an account may ask as soon as it is added, and no more once it is revoked', async () => {
  for (const role of ['national-platform', 'third-party-platform'] as const) {
    const guest = await site.issue(role, 'guest', '--cinemas', cinema);
    const answers = async () => (await ask(guest, 'GetPublicKeys', { CinemaCode: cinema })).ErrorCode;
    expect(await answers()).not.toBe('SIGNATURE_INVALID');
    await site.command(role, ['account', 'revoke', 'guest', '--yes']);
    expect(await answers()).toBe('SIGNATURE_INVALID');
    const accounts = await site.list(role, 'account', 'list');
    expect(accounts).toMatchObject([{ Username: 'guest', CinemaCodes: [cinema], RevokedAt: expect.any(String) }]);
  }
});

test('what is imported is answered at once', async () => {
  national = await site.issue('national-platform', 'third-party');
  expect(await ask(national, 'GetPublicKeys', { CinemaCode: cinema })).toMatchObject({ ErrorCode: 'CINEMA_UNKNOWN' });
  const keys = scene.boxOffice.ukeys.map((ukey) => ({
    CinemaCode: cinema,
    PublicKey: publicPart(ukey).spki,
    StartTime: ukey.startTime,
  }));
  await take('cinemas', { CinemaCode: cinema, CinemaName: scene.boxOffice.cinema.cinemaName });
  expect(await take('public-keys', ...keys)).toEqual({ Imported: 2, Unchanged: 0 });
  expect(await take('public-keys', ...keys)).toEqual({ Imported: 0, Unchanged: 2 });
  const { PublicKeys } = await ask(national, 'GetPublicKeys', { CinemaCode: cinema });
  expect(PublicKeys).toHaveLength(2);

  const ticket = sellTicket(scene.boxOffice);
  const state = () => ask(national, 'GetTicketInfo', ticketQuery(ticket));
  expect(await state()).toMatchObject({ ErrorCode: 'TICKET_NOT_FOUND' });
  await take('tickets', plainTicket(ticket));
  expect(await state()).toMatchObject({ FilmName: ticket.filmName, RefundStatus: 'No' });
  await take('refunds', { ...ticketQuery(ticket), RefundTime: shanghaiTime() });
  expect(await state()).toMatchObject({ RefundStatus: 'Yes' });
});

test('an import with a bad line names it, and nothing of the file is taken', async () => {
  const [good, bad] = sellTickets(scene.boxOffice, 2);
  const input = `${JSON.stringify(plainTicket(good!))}\n${JSON.stringify({ ...plainTicket(bad!), Price: '45.005' })}\n`;
  const path = join(site.directory, 'bad.ndjson');
  writeFileSync(path, input);
  const env = site.env('national-platform');
  const { code, stdout, stderr } = await runHere('national-platform', ['import', 'tickets', path], { env });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Line 2 of .+INVALID_PRICE.+\n$/);
  expect(await ask(national, 'GetTicketInfo', ticketQuery(good!))).toMatchObject({ ErrorCode: 'TICKET_NOT_FOUND' });
});

test('a third-party platform that is told its upstream and a cinema serves that cinema', async () => {
  terminal = await site.issue('third-party-platform', 'terminal', '--cinemas', cinema);
  const keys = () => ask(terminal, 'GetPublicKeys', { CinemaCode: cinema });
  expect(await keys()).toMatchObject({ ErrorCode: 'KEYS_UNAVAILABLE' });
  await setUpstream('third-party-platform', national);
  expect(await keys()).toMatchObject({ ErrorCode: 'KEYS_UNAVAILABLE' });
  await site.command('third-party-platform', ['cinema', 'add', cinema]);
  await eventually(async () => expect(await keys()).toMatchObject({ PublicKeys: [{}, {}] }));
  expect(await site.list('third-party-platform', 'keys', 'status')).toMatchObject([{ CinemaCode: cinema, Keys: 2 }]);
});

test('a terminal that is told its upstream checks tickets', async () => {
  const scan = await connectScanner(site);
  const ticket = await sold();
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
  await setUpstream('terminal-agent', terminal);
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', RowNum: ticket.rowNum });
  const takenBack = await sold();
  await take('refunds', { ...ticketQuery(takenBack), RefundTime: shanghaiTime() });
  expect(await scan(takenBack.ticketInfoCode)).toMatchObject({ Verdict: 'REFUNDED' });
  await eventually(async () => expect(await atNational()).toEqual([ticket.filmTicketCode]));
});

test('records wait while the account is revoked, and go with the next one', async () => {
  const ticket = await sold();
  await site.command('national-platform', ['account', 'revoke', 'third-party', '--yes']);
  expect(await ask(terminal, REPORT, reportQuery(cinema, checkRecord(ticket)))).toEqual({ ReportResult: true });
  await eventually(async () => {
    const { records } = JSON.parse((await site.get('third-party-platform', '/health')).text);
    expect(records).toMatchObject({ waiting: 1, parked: 0, holdups: [{ code: 'SIGNATURE_INVALID' }] });
  });
  national = await site.issue('national-platform', 'third-party-again');
  await setUpstream('third-party-platform', national);
  await eventually(async () => expect(await atNational()).toContain(ticket.filmTicketCode));
});

test('another upstream gets what waits for the former one, and the terminal goes on meanwhile', async () => {
  const scan = await connectScanner(site);
  await site.stop('national-platform');
  const before = [20, 10, 0].map((ago) => checkRecord(scene.sold(), { CheckTime: shanghaiTime(-ago) }));
  expect(await ask(terminal, REPORT, reportQuery(cinema, ...before))).toEqual({ ReportResult: true });
  await eventually(async () => expect(await waiting()).toBe(3));

  await scene.setUpstream(site, 'third-party-platform');
  await eventually(() => expect(scene.plain.kept).toEqual(before));
  const ticket = scene.sold();
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', FilmName: ticket.filmName });
  await eventually(() => expect(scene.plain.kept.at(-1)).toMatchObject({ FilmTicketCode: ticket.filmTicketCode }));

  await site.start('national-platform');
  await setUpstream('third-party-platform', national);
  const last = await sold();
  expect(await scan(last.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', FilmName: last.filmName });
  await eventually(async () => expect(await atNational()).toContain(last.filmTicketCode));
  const sent = before.map(({ FilmTicketCode }) => FilmTicketCode);
  expect((await atNational()).filter((code) => sent.includes(code))).toEqual([]);
  expect(scene.plain.foreign).toEqual([]);
});

test('a terminal may be put straight under the national platform', async () => {
  const scan = await connectScanner(site);
  await setUpstream('terminal-agent', await site.issue('national-platform', 'terminal', '--cinemas', cinema));
  await site.stop('third-party-platform');
  const ticket = await sold();
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', FilmName: ticket.filmName });
  await eventually(async () => expect(await atNational()).toContain(ticket.filmTicketCode));
});
