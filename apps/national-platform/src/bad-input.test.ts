// @module-tag service
import { wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { cinemaKind, publicKeyKind, ticketKind } from './intake/kinds.ts';
import {
  CINEMA,
  CINEMAS,
  checkTicketJson,
  countRows,
  makeTicket,
  makeUkey,
  NOW,
  OTHER_CINEMA,
  START,
  ticketJson,
} from './testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from './testing/test-platform.ts';

const TABLES = ['cinema', 'screen', 'film', 'publicKey', 'ticket', 'refund', 'checkRecord'] as const;

describeSqlite('what the national platform refuses', ({ url }) => {
  let platform: TestPlatform;
  let caller: Caller;
  let source: Caller;
  const ukey = makeUkey();
  const ticket = makeTicket(1);
  const record = checkTicketJson(ticket, ukey);
  const asksKeys = { CinemaCode: CINEMA };
  const reportOf = (...CheckTickets: unknown[]) => ({ CinemaCode: CINEMA, CheckTickets });

  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    caller = await platform.issue('platform-a', { cinemaCodes: [CINEMA] });
    source = await platform.issue('source-a', { role: 'data-source', cinemaCodes: [CINEMA] });
    await platform.take(cinemaKind, CINEMAS);
    await platform.take(publicKeyKind, [ukey.row]);
    await platform.take(ticketKind, [ticket]);
    rowsAtFirst = await countAll();
  });
  afterAll(() => platform.close());

  let rowsAtFirst: number[];
  const countAll = () => Promise.all(TABLES.map((table) => countRows(platform.store, table)));

  beforeEach(() => {
    platform.logged.length = 0;
  });
  afterEach(async () => {
    expect(await countAll()).toEqual(rowsAtFirst);
    expect(await caller.data('GetPublicKeys', asksKeys)).toHaveProperty('PublicKeys');
  });

  /** Sends a body and holds the answer to a status and a code, in an envelope, with one log line and no secret in it. */
  async function expectRefusal(body: string | Buffer, status: number, code: string) {
    const reply = await platform.post(body);
    expect([reply.status, reply.json().ReplyData.ErrorCode]).toEqual([status, code]);
    expect(reply.json()).toMatchObject({ Version: '1.0', Datetime: wallClockAt(NOW) });
    const refusals = platform.logged.filter((line) => line.includes('request refused'));
    expect(refusals).toHaveLength(1);
    expect(JSON.parse(refusals[0]!)).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(refusals[0]).toContain(reply.headers['x-request-id']);
    const signature = /"Signature":"([^"]+)"/.exec(body.toString())?.[1];
    if (signature !== undefined) expect(refusals[0]).not.toContain(signature.slice(0, 40));
    return reply.json().ReplyData.ErrorMessage;
  }

  const signed = (api = 'GetPublicKeys', query: unknown = asksKeys) => caller.body(api, query);
  const tampered = (from: string | RegExp, to: string) => {
    const body = signed();
    const changed = body.replace(from, to);
    expect(changed).not.toBe(body);
    return changed;
  };

  // Of each layer one: tests of protocol and exchange have the others.
  it.each([
    ['no JSON', () => '{"Version":"1.0"', 400, 'INVALID_JSON'],
    ['a key twice in QueryData', () => tampered('Data":{', 'Data":{"CinemaCode":"44010101",'), 400, 'DUPLICATE_KEY'],
    ['a changed request', () => tampered('GetPublicKeys', 'GetTicketInfo'), 401, 'SIGNATURE_INVALID'],
    ['an unknown Api', () => signed('GetEverything'), 404, 'API_UNKNOWN'],
    ['a wrong type in QueryData', () => signed('GetPublicKeys', { CinemaCode: 31012801 }), 400, 'INVALID_QUERY'],
    [
      'a cinema outside the account',
      () => signed('GetPublicKeys', { CinemaCode: OTHER_CINEMA }),
      403,
      'CINEMA_NOT_ALLOWED',
    ],
    [
      'a report for a cinema outside the account',
      () => signed('ReportOriginalCheckTickets', { ...reportOf(record), CinemaCode: OTHER_CINEMA }),
      403,
      'CINEMA_NOT_ALLOWED',
    ],
    ['an Api of another role', () => signed('ImportFilms', { Films: [] }), 403, 'API_NOT_ALLOWED'],
    [
      '1001 records',
      () => signed('ReportOriginalCheckTickets', reportOf(...Array(1001).fill(record))),
      400,
      'TOO_MANY_RECORDS',
    ],
    [
      'a body of 3 MB',
      () => signed('GetPublicKeys', { ...asksKeys, More: 'x'.repeat(3_000_000) }),
      413,
      'BODY_TOO_LARGE',
    ],
  ])('refuses %s', async (_, body, status, code) => {
    await expectRefusal(body(), status, code);
  });

  it.each([
    ['a missing element', { CheckTime: undefined }, 'MISSING_ELEMENT'],
    ['a negative price', { Price: -1 }, 'INVALID_PRICE'],
    ['a code of 179 characters', { TicketInfoCode: record.TicketInfoCode.slice(0, 179) }, 'INVALID_TICKET_CODE'],
  ])('answers a report with %s as a whole with ReportResult false', async (_, changes, errorCode) => {
    const neighbour = makeTicket(2);
    const query = reportOf(checkTicketJson(neighbour, ukey), { ...record, ...changes });
    const reply = await caller.ask('ReportOriginalCheckTickets', query);
    expect(reply.status).toBe(200);
    expect(reply.json().ReplyData).toMatchObject({ ReportResult: false, ErrorCode: errorCode });
  });

  const sold = ticketJson(makeTicket(2));
  it.each([
    ['a bad row', 'ImportTickets', { Tickets: [sold, { ...sold, Price: -1 }] }, 'INVALID_PRICE', 'Tickets[1].Price'],
    [
      'an unknown cinema',
      'ImportTickets',
      { Tickets: [sold, { ...sold, CinemaCode: '99999999' }] },
      'CINEMA_UNKNOWN',
      'Tickets[1].CinemaCode',
    ],
    [
      'a key that is none',
      'ImportPublicKeys',
      { PublicKeys: [{ CinemaCode: CINEMA, PublicKey: 'MII=', StartTime: START }] },
      'PUBLIC_KEY_UNREADABLE',
      'PublicKeys[0].PublicKey',
    ],
    [
      'a known key with another start',
      'ImportPublicKeys',
      { PublicKeys: [{ CinemaCode: CINEMA, PublicKey: ukey.row.spki, StartTime: START }] },
      'KEY_CONFLICT',
      'PublicKeys[0].StartTime',
    ],
  ])('refuses an import with %s as a whole and names the place', async (_, api, query, errorCode, place) => {
    const everywhere = await platform.issue(`source-${errorCode}`, { role: 'data-source' });
    const reply = await everywhere.ask(api, query);
    expect([reply.status, reply.json().ReplyData.ErrorCode]).toEqual([400, errorCode]);
    expect(reply.json().ReplyData.ErrorMessage).toContain(place);
  });

  it('lets a data source feed its own cinemas only, and neither ask nor report', async () => {
    const tickets = { Tickets: [sold, { ...sold, CinemaCode: OTHER_CINEMA }] };
    const refusals = [
      await source.ask('ImportTickets', tickets),
      await source.ask('GetPublicKeys', asksKeys),
      await source.ask('ReportOriginalCheckTickets', reportOf(record)),
      await source.ask('ImportFilms', { Films: Array(1001).fill({ FilmCode: '001102582019', FilmName: 'x' }) }),
    ];
    expect(refusals.map(({ status, json }) => [status, json().ReplyData.ErrorCode])).toEqual([
      [403, 'CINEMA_NOT_ALLOWED'],
      [403, 'API_NOT_ALLOWED'],
      [403, 'API_NOT_ALLOWED'],
      [400, 'TOO_MANY_RECORDS'],
    ]);
  });
});
