// @module-tag service
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { intakeReplyJson, publicKeyRowJson } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cinemaKind, publicKeyKind, ticketKind } from './intake/kinds.ts';
import {
  CINEMA,
  CINEMAS,
  checkTicketJson,
  hexForm,
  makeTicket,
  makeUkey,
  OTHER_CINEMA,
  START,
  ticketInfoCode,
  ticketJson,
} from './testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from './testing/test-platform.ts';

const EXTENDED = { 'ticket-check-extensions': 'record-id' };
const SOLD = { imported: 1, unchanged: 0 };

describeSqlite('the national platform', ({ url }) => {
  let platform: TestPlatform;
  let caller: Caller;
  let source: Caller;
  const ukey = makeUkey();
  let sold = 0;

  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    caller = await platform.issue('platform-a');
    source = await platform.issue('source-a', { role: 'data-source' });
    await platform.take(cinemaKind, CINEMAS);
    await platform.take(publicKeyKind, [ukey.row]);
  });
  afterAll(() => platform.close());

  async function sell() {
    sold += 1;
    const ticket = makeTicket(sold);
    expect(await platform.take(ticketKind, [ticket])).toEqual(SOLD);
    return ticket;
  }

  const infoOf = (ticket: { filmTicketCode: string }, headers = {}) =>
    caller.data(
      'GetTicketInfo',
      { CinemaCode: CINEMA, FilmTicketCode: ticket.filmTicketCode, StartTime: START },
      headers,
    );
  const report = (records: unknown[], headers: Record<string, string> = EXTENDED) =>
    caller.data('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets: records }, headers);

  async function recordsOf({ filmTicketCode }: { filmTicketCode: string }) {
    const records: ReceivedRecord[] = [];
    for await (const record of createRecordStore(platform.store).list({})) {
      if (record.filmTicketCode === filmTicketCode) records.push(record);
    }
    return records;
  }

  it('announces its extensions and the generation of its data on every reply', async () => {
    const { headers } = await caller.ask('GetPublicKeys', { CinemaCode: CINEMA });
    expect(headers['ticket-check-extensions']).toBe(
      'record-id, store-generation, shared-cinema, ticket-infos, check-records, changes, reverses, overrides, record-origins, undone-records, business-days, signed-store',
    );
    expect(headers['ticket-check-generation']).toBe(platform.store.generation);
  });

  it('answers the public keys of a cinema, and tells an unknown cinema from one without keys', async () => {
    const { spki } = ukey.row;
    expect(await caller.data('GetPublicKeys', { CinemaCode: CINEMA })).toEqual({
      PublicKeys: [{ PublicKey: spki, StartTime: '2024-01-01T00:00:00' }],
    });
    const unknown = await caller.ask('GetPublicKeys', { CinemaCode: '99999999' });
    expect([unknown.status, unknown.json().ReplyData.ErrorCode]).toEqual([200, 'CINEMA_UNKNOWN']);
    const without = await caller.ask('GetPublicKeys', { CinemaCode: OTHER_CINEMA });
    expect([without.status, without.json().ReplyData.ErrorCode]).toEqual([503, 'KEYS_UNAVAILABLE']);
  });

  it('answers the keys in force within 6 months and those announced, newest first', async () => {
    const cinemaCode = '51010101' as typeof CINEMA;
    await platform.take(cinemaKind, [{ cinemaCode, cinemaName: '轮换影城' }]);
    // Replaced more than 6 months ago; replaced since; in force; announced.
    const starts = ['2020-01-01T00:00:00', '2021-01-01T00:00:00', '2026-09-01T00:00:00', '2026-12-01T00:00:00'];
    const keys = starts.map((start) => makeUkey(start, cinemaCode).row);
    await platform.take(publicKeyKind, keys);
    const { PublicKeys } = await caller.data('GetPublicKeys', { CinemaCode: cinemaCode });
    expect((PublicKeys as { StartTime: string }[]).map(({ StartTime }) => StartTime)).toEqual(
      starts.slice(1).reverse(),
    );
  });

  it('answers a ticket, and TICKET_NOT_FOUND with HTTP 200 for one that was never sold', async () => {
    const ticket = await sell();
    expect(await infoOf(ticket)).toEqual({
      ...JSON.parse(JSON.stringify(ticketJson({ ...ticket, cinemaName: '示例影城' }))),
      CheckStatus: 'No',
      RefundStatus: 'No',
      RefundTime: '',
    });
    const asked = { CinemaCode: CINEMA, FilmTicketCode: '9999999999000000', StartTime: START };
    const { status, json } = await caller.ask('GetTicketInfo', asked);
    expect([status, json().ReplyData.ErrorCode]).toEqual([200, 'TICKET_NOT_FOUND']);
  });

  it('answers several questions in one request, each as it answers one', async () => {
    const tickets = [await sell(), makeTicket(999_999)];
    const asked = tickets.map(({ filmTicketCode }) => ({
      ...{ CinemaCode: CINEMA, FilmTicketCode: filmTicketCode, StartTime: START },
    }));
    const singly = await Promise.all(tickets.map((ticket) => infoOf(ticket, EXTENDED)));
    const { text, json } = await caller.ask('GetTicketInfos', { Tickets: asked }, EXTENDED);
    expect(json().ReplyData).toEqual({ TicketInfos: singly });
    expect(text).toContain('"Price":45.00,"Service":3.00');
  });

  it('writes prices with two decimals and takes a short ticket code as filled up', async () => {
    const ticket = await sell();
    const short = ticket.filmTicketCode.replace(/0{6}$/, '');
    const { text } = await caller.ask('GetTicketInfo', { CinemaCode: CINEMA, FilmTicketCode: short, StartTime: START });
    expect(text).toContain('"Price":45.00,"Service":3.00');
    expect(text).toContain(ticket.filmTicketCode);
  });

  it('keeps a report once, however often it is sent, and then says that the ticket is checked', async () => {
    const ticket = await sell();
    const record = checkTicketJson(ticket, ukey);
    for (let times = 0; times < 3; times += 1) expect(await report([record], {})).toEqual({ ReportResult: true });
    expect(await recordsOf(ticket)).toHaveLength(1);
    expect(await infoOf(ticket)).toMatchObject({ CheckStatus: 'Yes' });
    expect(await infoOf(ticket)).not.toHaveProperty('Entry');
    expect(await infoOf(ticket, EXTENDED)).toMatchObject({ Entry: { CheckTime: record.CheckTime } });
  });

  it('counts a quarantined record once the key that fits it is imported', async () => {
    const ticket = await sell();
    const newer = makeUkey('2026-11-20T00:00:00');
    expect(await report([checkTicketJson(ticket, newer)])).toMatchObject({ Quarantined: [{ Index: 0 }] });
    await source.data('ImportPublicKeys', { PublicKeys: [publicKeyRowJson(newer.row)] });
    await expect.poll(() => infoOf(ticket)).toMatchObject({ CheckStatus: 'Yes' });
  });

  it('takes codes in the forms of the field: hex keys, NUL filling, odd seats and malformed prices', async () => {
    const cinemaCode = '61010101' as typeof CINEMA;
    const hexKey = makeUkey('2025-01-01T00:00:00', cinemaCode);
    await source.data('ImportCinemas', { Cinemas: [{ CinemaCode: cinemaCode, CinemaName: '旧系统影城' }] });
    await source.data('ImportPublicKeys', {
      PublicKeys: [{ CinemaCode: cinemaCode, PublicKey: hexForm(hexKey), StartTime: '2025-01-01T00:00:00' }],
    });
    expect(await caller.data('GetPublicKeys', { CinemaCode: cinemaCode })).toMatchObject({
      PublicKeys: [{ PublicKey: hexKey.row.spki }],
    });
    const ticket = makeTicket(1, { cinemaCode });
    const fields = { seatCode: '00000401_##8_##9', priceText: '10000.' };
    const TicketInfoCode = ticketInfoCode(ticket, hexKey, fields);
    expect(TicketInfoCode).toHaveLength(180);
    const CheckTickets = [checkTicketJson(ticket, hexKey, { TicketInfoCode })];
    expect(await caller.data('ReportOriginalCheckTickets', { CinemaCode: cinemaCode, CheckTickets }, EXTENDED)).toEqual(
      { ReportResult: true },
    );
  });

  it('answers a report with KEYS_UNAVAILABLE while the cinema has no key', async () => {
    const record = checkTicketJson(makeTicket(1, { cinemaCode: OTHER_CINEMA }), ukey);
    const { status, json } = await caller.ask('ReportOriginalCheckTickets', {
      CinemaCode: OTHER_CINEMA,
      CheckTickets: [record],
    });
    expect([status, json().ReplyData.ErrorCode]).toEqual([503, 'KEYS_UNAVAILABLE']);
  });

  it('takes the six kinds of rows from a data source, again without effect', async () => {
    const ticket = makeTicket(900_001);
    const refund = { CinemaCode: CINEMA, FilmTicketCode: ticket.filmTicketCode, StartTime: START };
    const cinemaCode = '71010101';
    const requests: [string, unknown][] = [
      ['ImportCinemas', { Cinemas: [{ CinemaCode: cinemaCode, CinemaName: '新影城' }] }],
      ['ImportScreens', { Screens: [{ CinemaCode: CINEMA, ScreenCode: ticket.screenCode, ScreenName: '7号厅' }] }],
      ['ImportFilms', { Films: [{ FilmCode: ticket.filmCode, FilmName: '示例影片' }] }],
      ['ImportPublicKeys', { PublicKeys: [publicKeyRowJson(makeUkey(undefined, cinemaCode as typeof CINEMA).row)] }],
      ['ImportRefunds', { Refunds: [{ ...refund, RefundTime: '2026-11-24T12:00:00' }] }],
      ['ImportTickets', { Tickets: [ticketJson(ticket)] }],
    ];
    for (const [api, query] of requests) expect(await source.data(api, query)).toEqual(intakeReplyJson(SOLD));
    for (const [api, query] of requests) expect(await source.data(api, query)).toEqual({ Imported: 0, Unchanged: 1 });
    expect(await infoOf(ticket)).toMatchObject({
      ScreenName: '7号厅',
      FilmName: '示例影片',
      RefundStatus: 'Yes',
      RefundTime: '2026-11-24T12:00:00',
    });
  });
});
