// @module-tag postgres
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { businessDate, parseWallClock } from '@ticket-check/protocol';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { connectScanner, type Demo, openDemo, type Role, walk } from '@ticket-check/simulators/dev-network';
import { readSymbolSvg } from '@ticket-check/simulators/symbols';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ask, request, shanghaiTime } from './testing/client.ts';
import { eventually, type Settings } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { sellTickets, ticketQuery } from './testing/tickets.ts';

const PLATFORMS = ['national-platform', 'third-party-platform'] as const;
const databases = inject('postgresDatabases');
const settings: Settings = {};
for (const role of PLATFORMS) {
  // An empty database of a real PostgreSQL server, taken back after the services have stopped.
  const url = await (await fetch(databases)).text();
  afterAll(async () => void (await fetch(databases, { method: 'DELETE', body: url })));
  settings[role] = { DATABASE_URL: url };
}

// From the scan to the national platform, while everything runs; `prove` stops, kills and cuts off services at any moment. Here both
// platforms are on PostgreSQL; on SQLite start.test.ts and the proofs have the walk, and each service's own tests the rest.
const site = await testSite(settings);
let demo: Demo;
beforeAll(async () => {
  await site.startAll();
  demo = await openDemo(site, join(site.directory, 'demo'));
});

const scan = async (text: string) => (await connectScanner(site))(text);
const recordsOf = async (filmTicketCode: string, role: Role = 'national-platform') =>
  (await site.list(role, 'records', 'list')).filter(({ FilmTicketCode }) => FilmTicketCode === filmTicketCode);

async function sell(count: number): Promise<Ticket[]> {
  const tickets = sellTickets(demo.boxOffice, count);
  await demo.tell();
  return tickets;
}

/** Scans and expects an admission; answers it with the times between which it was made. */
async function admit(text: string) {
  const from = shanghaiTime();
  const verdict = await scan(text);
  expect(verdict).toMatchObject({ Verdict: 'ADMIT', Confirmed: expect.any(Boolean) });
  return { ...verdict, between: [from, shanghaiTime()] as const };
}

/** Resolves once the admitted scan's record is at the national platform, once and as it was made; answers it. */
async function arrived(
  { filmTicketCode }: Ticket,
  { RecordId, between: [from, to] }: { RecordId?: string; between: readonly [string, string] },
) {
  const [record] = await eventually(async () => {
    const records = await recordsOf(filmTicketCode);
    expect(records).toHaveLength(1);
    return records;
  });
  // Two platforms away from the gate.
  const made = { Gate: 'gate-1', Offline: expect.any(Boolean) };
  expect(record).toMatchObject({ RecordId, First: true, Quarantined: false, ...made });
  expect(record!.CheckTime! >= from && record!.CheckTime! <= to, `${record!.CheckTime}`).toBe(true);
  return record!;
}

test('every guest of the walk gets the verdict that is due, and the first one’s record arrives once', async () => {
  const from = shanghaiTime();
  const { steps, record, passed } = await walk(site, demo, () => {});
  const verdicts = steps.map(({ guest, verdict }) => [guest, verdict.Verdict]);
  expect(verdicts).toEqual(steps.map(({ guest, expected }) => [guest, expected]));
  expect(passed).toBe(true);
  const admission = { ...steps[0]!.verdict, between: [from, shanghaiTime()] as const };
  await arrived(demo.boxOffice.tickets[0]!, admission);
  expect(record?.line.RecordId).toBe(admission.RecordId);
});

test('an admission that is undone counts nowhere, and the ticket is admitted once more', async () => {
  const [ticket] = (await sell(1)) as [Ticket];
  const undone = await admit(ticket.ticketInfoCode);
  await arrived(ticket, undone);
  const undo = ['entries', 'undo', `${undone.RecordId}`, '--reason', '未入场'];
  await site.command('terminal-agent', undo);
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await site.command('terminal-agent', [...undo, '--yes']);
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  for (const role of ['terminal-agent', 'third-party-platform', 'national-platform'] as const) {
    await eventually(async () => {
      expect(await recordsOf(ticket.filmTicketCode, role)).toMatchObject([
        { RecordId: undone.RecordId, First: false, UndoneUpstream: 'DELIVERED' },
        { First: true },
      ]);
    });
  }
});

test('an e-ticket is admitted off its page, and its bare code once it was picked up; a revoked key does not count', async () => {
  const [shown, printed, stolen, renewed] = (await sell(4)) as [Ticket, Ticket, Ticket, Ticket];
  const account = ['--cinemas', shown.cinemaCode, '--seller'];
  const seller = await site.issue('third-party-platform', 'seller-1', ...account);
  const order = (ticket: Ticket) => ({ ...ticketQuery(ticket), TicketInfoCode: ticket.ticketInfoCode });
  const create = async (ticket: Ticket) => `${(await ask(seller, 'CreateETicket', order(ticket))).Url}`;
  const page = async (link: string) =>
    JSON.parse((await request({ ...seller, Url: `${link}/now` }, '', { method: 'GET' })).text);
  const qr = async (link: string) => (await readSymbolSvg((await page(link)).code)) ?? '';

  const link = await create(shown);
  expect(await scan(shown.ticketInfoCode)).toMatchObject({ Verdict: 'ETICKET_ONLY' });
  const text = await qr(link);
  const later = text.replace(/&t=\d+/, (time) => `&t=${Number(time.slice(3)) + 60}`);
  expect(await scan(later)).toMatchObject({ Verdict: 'NOT_GENUINE' });
  const { RecordId } = await admit(text);
  expect(await scan(await qr(link))).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  const scans = await site.list('terminal-agent', 'scans', 'list', '--last', '2');
  expect(scans).toMatchObject([{ RecordId, ETicketTime: expect.any(String) }, { Verdict: 'ALREADY_ENTERED' }]);

  const paper = await create(printed);
  expect(await scan(printed.ticketInfoCode)).toMatchObject({ Verdict: 'ETICKET_ONLY' });
  await ask(seller, 'RecordPickUp', order(printed));
  await eventually(async () => expect((await page(paper)).code).toBeNull());
  expect(await scan(printed.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT' });

  const screenshot = await qr(await create(stolen));
  const keys = await site.list('third-party-platform', 'eticket-key', 'list');
  const { KeyId } = keys.find(({ Signs }) => Signs)!;
  await site.command('third-party-platform', ['eticket-key', 'revoke', `${KeyId}`, '--yes']);
  const open = await create(renewed);
  const byAnotherKey = await eventually(async () => {
    const now = await qr(open);
    expect(now).not.toContain(`&k=${KeyId}&`);
    return now;
  });
  await admit(byAnotherKey);
  expect(await scan(screenshot)).toMatchObject({ Verdict: 'ETICKET_STALE' });
});

test('a guest whom a supervisor lets in after a refusal is an entry everywhere, and said to be a decision', async () => {
  const [ticket] = (await sell(1)) as [Ticket];
  const first = await admit(ticket.ticketInfoCode);
  const { RecordId: refused } = await scan(ticket.ticketInfoCode);
  const override = ['entries', 'override', `${refused}`, '--reason', '观众中途外出', '--yes'];
  const { RecordId } = JSON.parse(await site.command('terminal-agent', override));
  await eventually(async () => {
    const records = await recordsOf(ticket.filmTicketCode);
    expect(records).toMatchObject([
      { RecordId: first.RecordId, First: true },
      { RecordId, First: false, OverriddenVerdict: 'ALREADY_ENTERED' },
    ]);
    expect(records[0]).not.toHaveProperty('OverriddenVerdict');
  });
  const worklist = await site.list('third-party-platform', 'worklist', 'list');
  const double = worklist.find(({ FilmTicketCode }) => FilmTicketCode === ticket.filmTicketCode);
  const Entries = [{ RecordId: first.RecordId }, { OverriddenVerdict: 'ALREADY_ENTERED' }];
  expect(double).toMatchObject({ Entries });
});

test('shows of one record its whole way, from the scan to the national platform, at each of the three', async () => {
  const [ticket] = (await sell(1)) as [Ticket];
  const admission = await admit(ticket.ticketInfoCode);
  await arrived(ticket, admission);
  const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  async function wayAt(role: Role, steps: readonly string[]): Promise<Record<string, unknown>[]> {
    const add = ['token', 'add', 'way', '--permissions', 'records.read', '--until', until, '--all-cinemas'];
    const headers = { authorization: `Bearer ${JSON.parse(await site.command(role, add)).Token}` };
    const Url = `${site.consoleUrlOf(role)}/record.json?id=${admission.RecordId}`;
    const CaCertificate = await site.readFile(role, 'tls/ca.pem');
    return eventually(async () => {
      const { text } = await request({ Url, CaCertificate }, '', { method: 'GET', headers });
      const way: Record<string, unknown>[] = JSON.parse(text).Records[0].Way;
      expect(way.map(({ Step }) => Step)).toEqual(steps);
      return way;
    });
  }
  const sent = ['SENT', 'ACCEPTED'];
  const atDoor = await wayAt('terminal-agent', ['SCANNED', 'DECIDED', 'STORED', 'OPENED', ...sent]);
  const above = await wayAt('third-party-platform', ['SCANNED', 'DECIDED', 'STORED', ...sent]);
  const national = await wayAt('national-platform', ['SCANNED', 'DECIDED', 'FORWARDER_RECEIVED', 'STORED']);
  const [scanned, decided, stored] = atDoor;
  expect(scanned).toMatchObject({ Gate: 'gate-1' });
  expect(decided).toMatchObject({ At: expect.stringMatching(/\.\d{3}$/), Offline: false });
  // Stored in the commit of the decision, and nothing after it before it.
  expect(stored?.At).toBe(decided?.At);
  const after = atDoor.slice(3).map(({ At }) => String(At));
  expect(after.toSorted()).toEqual(after);
  expect(after[0]! >= String(decided?.At).slice(0, 19)).toBe(true);
  for (const way of [above, national]) {
    expect(way[0]).toMatchObject({ At: scanned?.At, Account: expect.any(String), Gate: 'gate-1' });
    expect(way[1]).toMatchObject({ At: decided?.At, Offline: false });
  }
  expect(national[2]?.At).toBe(above[2]?.At);
});

test('terminal, third-party and national platform hold the same records of the day', async () => {
  const [ticket] = (await sell(1)) as [Ticket];
  const record = await arrived(ticket, await admit(ticket.ticketInfoCode));
  const day = businessDate(parseWallClock(`${record.CheckTime}`));
  const roles = ['terminal-agent', 'third-party-platform'] as const;
  for (const role of roles) expect(await site.list(role, 'reconcile', '--business-date', day)).toEqual([]);
});

test('neither platform keeps anything in a file', () => {
  for (const role of PLATFORMS) {
    expect(existsSync(join(site.directory, role, 'ticket-check.db'))).toBe(false);
    expect(existsSync(join(site.directory, `${role}.key`))).toBe(false);
  }
  expect(existsSync(join(site.directory, 'terminal-agent', 'ticket-check.db'))).toBe(true);
});

test('a terminal may be put straight under the national platform', async () => {
  const bundle = await site.issue('national-platform', 'terminal', '--cinemas', demo.boxOffice.cinema.cinemaCode);
  await site.setUpstream('terminal-agent', bundle);
  await site.stop('third-party-platform');
  const [ticket] = (await sell(1)) as [Ticket];
  const admission = await admit(ticket.ticketInfoCode);
  expect(admission).toHaveProperty('FilmName', ticket.filmName);
  await arrived(ticket, admission);
});
