// @module-tag service
import { type FilmTicketCode, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cinemaKind, publicKeyKind, refundKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, CINEMAS, checkTicketJson, makeTicket, makeUkey, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const EXTENDED = { 'ticket-check-extensions': 'record-id, shared-cinema, ticket-infos' };
const ukey = makeUkey();
const [sold, refunded, checked, elsewhere] = [
  makeTicket(1),
  makeTicket(2, { rowNum: 2 }),
  makeTicket(3, { rowNum: 3 }),
  makeTicket(4, { cinemaCode: OTHER_CINEMA }),
];

const asks = ({ cinemaCode, filmTicketCode, startTime }: typeof sold) => ({
  CinemaCode: cinemaCode,
  FilmTicketCode: filmTicketCode,
  StartTime: startTime,
});

describeEachEngine('GetTicketInfos of the national platform', ({ url }) => {
  let platform: TestPlatform;
  let caller: Caller;

  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    caller = await platform.issue('platform-a', { cinemaCodes: [CINEMA] });
    const neighbour = await platform.issue('platform-b', { cinemaCodes: [CINEMA] });
    await platform.take(cinemaKind, CINEMAS);
    await platform.take(publicKeyKind, [ukey.row]);
    await platform.take(ticketKind, [sold, refunded, checked, elsewhere]);
    await platform.take(refundKind, [{ ...refunded, refundTime: parseWallClock('2026-11-24T10:00:00') }]);
    const report = { CinemaCode: CINEMA, CheckTickets: [checkTicketJson(checked, ukey)] };
    expect(await neighbour.data('ReportOriginalCheckTickets', report)).toEqual({ ReportResult: true });
  });
  afterAll(() => platform.close());

  it('is announced', async () => {
    const { headers } = await caller.ask('GetTicketInfos', { Tickets: [] });
    expect(headers['ticket-check-extensions']).toContain('ticket-infos');
  });

  it.each([
    ['an extended', EXTENDED],
    ['a plain', {}],
  ])('answers %s caller each of its questions as GetTicketInfo does', async (_, headers) => {
    const questions = [
      asks(sold),
      asks({ ...sold, filmTicketCode: '9999999999000000' as FilmTicketCode }),
      asks(refunded),
      asks(elsewhere),
      { ...asks(sold), StartTime: '2026-13-01' },
      { ...asks(checked), FilmTicketCode: checked.filmTicketCode.replace(/0+$/, '') },
    ];
    const singly: Record<string, unknown>[] = [];
    for (const question of questions) singly.push(await caller.data('GetTicketInfo', question, headers));
    expect(singly).toMatchObject([
      { RefundStatus: 'No', CheckStatus: 'No' },
      { ErrorCode: 'TICKET_NOT_FOUND' },
      { RefundStatus: 'Yes', RowNum: 2 },
      { ErrorCode: 'CINEMA_NOT_ALLOWED' },
      { ErrorCode: 'INVALID_QUERY' },
      { CheckStatus: 'Yes', RowNum: 3 },
    ]);
    const isExtended = headers === EXTENDED;
    expect(singly.map((reply) => 'SharedCinema' in reply)).toEqual(
      [true, true, true, false, false, true].map((told) => told && isExtended),
    );
    expect('Entry' in (singly.at(-1) ?? {})).toBe(isExtended);

    const reply = await caller.ask('GetTicketInfos', { Tickets: questions }, headers);
    expect([reply.status, reply.json().ReplyData]).toEqual([200, { TicketInfos: singly }]);
    // Amounts keep their two decimals.
    expect(reply.text).toContain('"Price":45.00,"Service":3.00');
  });
});
