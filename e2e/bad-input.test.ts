import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ticket } from '@ticket-check/box-office';
import { type Demo, openDemo } from '@ticket-check/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Bundle, type Reply, replyData, request, shanghaiTime, signedBody } from './testing/client.ts';
import { eventually } from './testing/eventually.ts';
import { testSite } from './testing/site.ts';
import { checkRecord, reportQuery, sellTickets, ticketQuery } from './testing/tickets.ts';

const REPORT = 'ReportOriginalCheckTickets';

const site = await testSite();
let demo: Demo;
let cinema: string;
let sold: Ticket[];

beforeAll(async () => {
  await site.startAll();
  demo = await openDemo(site, join(site.directory, 'demo'));
  cinema = demo.boxOffice.cinema.cinemaCode;
  sold = sellTickets(demo.boxOffice, 8);
  await demo.tell();
});
afterAll(() => demo?.close());

/** Replaces a part of a request after it was signed. */
function change(body: string, from: string | RegExp, to: string): string {
  const changed = body.replace(from, to);
  if (changed === body) throw new Error(`nothing to change: ${from}`);
  return changed;
}

describe.each(['national-platform', 'third-party-platform'] as const)('bad input at the %s', (role) => {
  let account: Bundle;
  let record: Record<string, unknown>;
  let neighbour: Record<string, unknown>;
  let stored: unknown;

  const signed = (api = 'GetPublicKeys', query: unknown = { CinemaCode: cinema }) => signedBody(account, api, query);
  const reported = (...records: unknown[]) => signed(REPORT, reportQuery(cinema, ...records));

  /** Everything that a report could have changed. */
  async function whatIsStored() {
    const { records } = JSON.parse((await site.get(role, '/health')).text);
    return { [role]: records, national: await site.list('national-platform', 'records', 'count') };
  }

  /** The lines that the service wrote about one request. */
  function logged({ headers }: Reply): string[] {
    const id = headers['x-request-id'];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    return readFileSync(site.logFile(role), 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"${id}"`));
  }

  /** One line, on which stands nothing that the caller sent but a username. */
  function expectOneDiscreetLine(reply: Reply, body: string | Buffer): void {
    expect(logged(reply)).toHaveLength(1);
    expectDiscreetLines(reply, body);
  }

  function expectDiscreetLines(reply: Reply, body: string | Buffer): void {
    const lines = logged(reply);
    const sent = /"Signature":"([^"]{20,})"/.exec(`${body}`)?.slice(1) ?? [];
    for (const secret of [...sent, account.PrivateKey.slice(40, 80), `${record.TicketInfoCode}`.slice(8, 60)]) {
      expect(lines.join('\n')).not.toContain(secret);
    }
  }

  async function expectToServe(): Promise<void> {
    expect(await ask(account, 'GetPublicKeys', { CinemaCode: cinema })).toHaveProperty('PublicKeys');
  }

  async function expectRefusal(body: string | Buffer, status: number, code: string, headers = {}): Promise<string> {
    const reply = await request(account, body, { headers });
    expect([reply.status, replyData(reply)]).toEqual([status, { ErrorCode: code, ErrorMessage: expect.any(String) }]);
    expect(JSON.parse(reply.text)).toMatchObject({ Version: '1.0', Datetime: expect.stringMatching(/^\d{4}-.{14}$/) });
    expectOneDiscreetLine(reply, body);
    await expectToServe();
    return `${replyData(reply).ErrorMessage}`;
  }

  beforeAll(async () => {
    account = await site.issue(role, 'careless', '--cinemas', cinema);
    const tickets = role === 'national-platform' ? sold.slice(0, 4) : sold.slice(4);
    [record, neighbour] = [checkRecord(tickets[0]!), checkRecord(tickets[1]!)];
    expect(await ask(account, REPORT, reportQuery(cinema, checkRecord(tickets[2]!)))).toEqual({ ReportResult: true });
    stored = await eventually(async () => {
      const now = await whatIsStored();
      if (role === 'third-party-platform') expect(now[role]).toMatchObject({ waiting: 0 });
      return now;
    });
  });

  const TEXT = 'x'.repeat(3_000_000);
  test.each<[string, () => string | Buffer, number, string]>([
    ['nothing', () => '', 400, 'INVALID_JSON'],
    ['half of a body', () => signed().slice(0, 100), 400, 'INVALID_JSON'],
    ['two bodies', () => signed() + signed(), 400, 'INVALID_JSON'],
    ['a form', () => 'Version=1.0&Api=GetPublicKeys', 400, 'INVALID_JSON'],
    ['NaN for a price', () => change(reported(record), /"Price":[\d.]+/, '"Price":NaN'), 400, 'INVALID_JSON'],
    ['a list', () => '[]', 400, 'INVALID_ENVELOPE'],
    ['GBK', () => Buffer.from([0x7b, 0x22, 0xd6, 0xd0, 0x22, 0x3a, 0x31, 0x7d]), 400, 'INVALID_ENCODING'],
    ['a key twice', () => change(signed(), '{', '{"Username":"somebody",'), 400, 'DUPLICATE_KEY'],
    ['a key twice, escaped', () => change(signed(), '{', '{"\\u0041pi":"GetTicketInfo",'), 400, 'DUPLICATE_KEY'],
    ['a key twice in QueryData', () => signed(undefined, '{"CinemaCode":"1","CinemaCode":"2"}'), 400, 'DUPLICATE_KEY'],
    [
      'a key twice in a record',
      () => change(reported(record), '"RowNum"', '"RowNum":1,"RowNum"'),
      400,
      'DUPLICATE_KEY',
    ],
    ['no Signature', () => change(signed(), /"Signature":"[^"]*",/, ''), 400, 'INVALID_ENVELOPE'],
    ['a number for Username', () => change(signed(), '"careless"', '7'), 400, 'INVALID_ENVELOPE'],
    [
      '30 February',
      () => change(signed(), /"Datetime":"[^"]*"/, '"Datetime":"2026-02-30T10:00:00"'),
      400,
      'INVALID_ENVELOPE',
    ],
    ['a text for QueryData', () => signed(undefined, '"{}"'), 400, 'INVALID_ENVELOPE'],
    ['another version', () => signedBody(account, 'GetPublicKeys', {}, { Version: '2.0' }), 400, 'VERSION_UNSUPPORTED'],
    ['an unknown Api', () => signed('GetEverything'), 404, 'API_UNKNOWN'],
    ['an Api in another case', () => signed('getPublicKeys'), 404, 'API_UNKNOWN'],
    ['a number for a code', () => signed(undefined, { CinemaCode: 31012801 }), 400, 'INVALID_QUERY'],
    ['a missing element', () => signed('GetTicketInfo', { CinemaCode: cinema }), 400, 'INVALID_QUERY'],
    ['a short cinema code', () => signed(undefined, { CinemaCode: cinema.slice(1) }), 400, 'INVALID_QUERY'],
    [
      'a long ticket code',
      () => signed('GetTicketInfo', { ...ticketQuery(sold[0]!), FilmTicketCode: '1'.repeat(17) }),
      400,
      'INVALID_QUERY',
    ],
    [
      'a StartTime that is none',
      () => signed('GetTicketInfo', { ...ticketQuery(sold[0]!), StartTime: '2026-13-01' }),
      400,
      'INVALID_QUERY',
    ],
    [
      'records that are no list',
      () => signed(REPORT, { CinemaCode: cinema, CheckTickets: record }),
      400,
      'INVALID_QUERY',
    ],
    ['1001 records', () => reported(...Array(1001).fill(record)), 400, 'TOO_MANY_RECORDS'],
    ['3 MB of JSON', () => signed(undefined, { CinemaCode: cinema, More: TEXT }), 413, 'BODY_TOO_LARGE'],
    ['3 MB of anything', () => TEXT, 413, 'BODY_TOO_LARGE'],
    ['a cinema outside the account', () => signed(undefined, { CinemaCode: '99999999' }), 403, 'CINEMA_NOT_ALLOWED'],
    [
      'a report for a cinema outside the account',
      () => signed(REPORT, reportQuery('99999999', record)),
      403,
      'CINEMA_NOT_ALLOWED',
    ],
  ])('%s is refused', async (_, body, status, code) => {
    await expectRefusal(body(), status, code);
  });

  test.each([-6 * 60, 6 * 60, -8 * 3600])('a Datetime %i s off is refused', async (seconds) => {
    const late = signedBody(account, 'GetPublicKeys', { CinemaCode: cinema }, { Datetime: shanghaiTime(seconds) });
    await expectRefusal(late, 401, 'CLOCK_SKEW');
  });

  test('an unknown user and a wrong signature get one and the same answer', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const PrivateKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const query = { CinemaCode: cinema };
    const bodies = [
      signedBody({ Username: 'nobody', PrivateKey }, 'GetPublicKeys', query),
      signedBody({ ...account, Username: 'nobody' }, 'GetPublicKeys', query),
      signedBody({ ...account, Username: '影院' }, 'GetPublicKeys', query),
      signedBody({ ...account, PrivateKey }, 'GetPublicKeys', query),
      change(signed(), /"Signature":"[^"]*"/, '"Signature":"AAAA"'),
      change(signed(), 'GetPublicKeys', 'GetTicketInfo'),
      change(signed(), cinema, '99999999'),
    ];
    const answers = new Set<string>();
    for (const body of bodies) answers.add(await expectRefusal(body, 401, 'SIGNATURE_INVALID'));
    expect(answers.size).toBe(1);
  });

  test('a signature over QueryData that was printed again is refused', async () => {
    const asPrinted = reported(record);
    const asWritten = signed(
      REPORT,
      JSON.stringify(reportQuery(cinema, record)).replace('"Price":45', '"Price":45.00'),
    );
    const first = `"CinemaCode":"${cinema}"`;
    for (const body of [
      change(asWritten, '"Price":45.00', '"Price":45'),
      change(asPrinted, '"Price":45', '"Price":45.00'),
      change(asPrinted, '"Price":45', '"Price":4.5e1'),
      change(asPrinted, '网络售票', '\\u7f51\\u7edc\\u552e\\u7968'),
      change(change(asPrinted, `{${first},`, '{'), /\}\}$/, `,${first}}}`),
    ]) {
      await expectRefusal(body, 401, 'SIGNATURE_INVALID');
    }
  });

  test('GET is refused, in the envelope', async () => {
    const reply = await request(account, '', { method: 'GET' });
    expect([reply.status, replyData(reply)]).toMatchObject([405, { ErrorCode: 'METHOD_NOT_ALLOWED' }]);
    expectOneDiscreetLine(reply, '');
  });

  async function expectUnkept(records: unknown[], code: string, element: string): Promise<void> {
    const { reply, body } = await reportUnkept(records, code, element);
    expectOneDiscreetLine(reply, body);
  }

  /** Of refused reports of one account the first 20 in 10 s have a line each; the others are counted in one. */
  async function expectUnkeptAmongMany(records: unknown[], code: string, element: string): Promise<void> {
    const { reply, body } = await reportUnkept(records, code, element);
    expect(logged(reply).length).toBeLessThanOrEqual(1);
    expectDiscreetLines(reply, body);
  }

  async function reportUnkept(records: unknown[], code: string, element: string) {
    const body = reported(...records);
    const reply = await request(account, body);
    expect([reply.status, replyData(reply)]).toEqual([
      200,
      { ReportResult: false, ErrorCode: code, ErrorMessage: expect.stringContaining(element) },
    ]);
    return { reply, body };
  }

  test.each<[string, Record<string, unknown>, string]>([
    ['without a CheckTime', { CheckTime: undefined }, 'MISSING_ELEMENT'],
    ['with null for a name', { FilmName: null }, 'MISSING_ELEMENT'],
    ['with a number for a name', { ScreenName: 7 }, 'WRONG_TYPE'],
    ['with a row that is no number', { RowNum: 'A' }, 'WRONG_TYPE'],
    ['with a short screen code', { ScreenCode: '7' }, 'WRONG_LENGTH'],
    ['with a long film code', { FilmCode: '0011025820191' }, 'WRONG_LENGTH'],
    ['with a space in a code', { FilmCode: '00110258 019' }, 'INVALID_CODE'],
    ['of 30 February', { CheckTime: '2026-02-30T10:00:00' }, 'INVALID_DATETIME'],
    ['of another ticket type', { TicketType: '赠票' }, 'INVALID_TICKET_TYPE'],
    ['with a negative price', { Price: -1 }, 'INVALID_PRICE'],
    ['with a price of three decimals', { Price: 45.005 }, 'INVALID_PRICE'],
    ['with NaN for a price, as a text', { Price: 'NaN' }, 'INVALID_PRICE'],
    ['with a service fee above 100000', { Service: 100_000.01 }, 'INVALID_PRICE'],
  ])('a record %s is not kept, nor is its neighbour', async (_, changes, code) => {
    await expectUnkept([neighbour, { ...record, ...changes }], code, Object.keys(changes)[0]!);
    await expectToServe();
  });

  test('a record whose code has any wrong length is not kept', async () => {
    const code = `${record.TicketInfoCode}`;
    expect(code).toHaveLength(180);
    const longer = code + code.slice(8) + code.slice(8);
    for (let length = 1; length < 360; length += length < 170 ? 7 : 1) {
      if (length >= 180 && length % 4 === 0) continue; // the length that some modulus of 1024 bits or more has
      await expectUnkeptAmongMany(
        [neighbour, { ...record, TicketInfoCode: longer.slice(0, length) }],
        'INVALID_TICKET_CODE',
        'TicketInfoCode',
      );
    }
    await expectToServe();
  });

  test.each<[string, (code: string) => string]>([
    ['URL-safe Base64', (code) => `${code.slice(0, 20)}-_${code.slice(22)}`],
    ['no padding', (code) => code.replace(/=+$/, '')],
    ['a stray bit', (code) => `${code.slice(0, -2)}B=`],
    ['white space inside', (code) => `${code.slice(0, 20)} ${code.slice(21)}`],
  ])('a record whose code has %s is not kept', async (_, spoil) => {
    const TicketInfoCode = spoil(`${record.TicketInfoCode}`);
    await expectUnkeptAmongMany([neighbour, { ...record, TicketInfoCode }], 'INVALID_TICKET_CODE', 'TicketInfoCode');
  });

  test('nothing of all this was stored', async () => {
    expect(await whatIsStored()).toEqual(stored);
    expect((await site.get(role, '/health')).status).toBe(200);
    const query = ticketQuery(sold[role === 'national-platform' ? 1 : 5]!);
    expect(await ask(account, 'GetTicketInfo', query)).toMatchObject({ CheckStatus: 'No' });
  });

  test('a record that contradicts its own code is kept aside and counts for nothing', async () => {
    const contradicting = { ...record, FilmTicketCode: neighbour.FilmTicketCode };
    const body = reported(contradicting);
    const reply = await request(account, body);
    expect([reply.status, replyData(reply)]).toEqual([200, { ReportResult: true }]);
    expectOneDiscreetLine(reply, body);
    const { [role]: before } = stored as Record<string, { quarantined: number }>;
    const now = await whatIsStored();
    expect(now[role]).toMatchObject({ quarantined: before!.quarantined + 1 });
    const query = ticketQuery(sold[role === 'national-platform' ? 1 : 5]!);
    expect(await ask(account, 'GetTicketInfo', query)).toMatchObject({ CheckStatus: 'No' });
    if (role === 'national-platform') {
      const aside = await site.list(role, 'records', 'quarantined');
      expect(aside).toMatchObject([{ FilmTicketCode: neighbour.FilmTicketCode, ErrorCode: 'CODE_CONTRADICTS_RECORD' }]);
    }
    await expectToServe();
  });
});
