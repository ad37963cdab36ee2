// @module-tag service
import {
  APIS,
  addSeconds,
  getTicketInfoQueryJson,
  getTicketInfosQueryJson,
  parseRecordId,
  readTicketInfoReply,
  type TicketInfo,
} from '@ticket-check/protocol';
import { measureTurns } from '@ticket-check/runtime/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { describe, expect, test } from 'vitest';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, type SoldTicket, sellTicket } from '../testing/test-cinema.ts';
import { ask, createTerminal, report, startBehind } from '../testing/test-platform.ts';
import { withEntries } from './get-ticket-info.ts';

const ukey = makeUkey();

describeSqlite('GetTicketInfo for terminals', ({ url }) => {
  async function setUp(kind: 'extended' | 'plain' = 'extended', settings: Record<string, string> = {}) {
    const started = await startBehind(ukey, { url: await url(), kind, settings });
    const { terminal } = started;
    const infoOf = async (info: TicketInfo, asker = terminal) =>
      ask(asker, 'GetTicketInfo', getTicketInfoQueryJson(info));
    return { ...started, infoOf };
  }

  test.each(['extended', 'plain'] as const)(
    'a ticket is passed on as a national platform that is %s describes it',
    async (kind) => {
      const { national, infoOf } = await setUp(kind);
      const { info } = sellTicket(ukey);
      national.sell({ ...info, refundStatus: 'Yes', refundTime: info.sellTime });
      const reply = await infoOf(info);
      expect(readTicketInfoReply(reply as Record<string, unknown>, info)).toMatchObject({
        filmName: '示例影片',
        ticketType: '网络售票',
        rowNum: 8,
        columnNum: 9,
        price: 4500,
        service: 300,
        checkStatus: 'No',
        refundStatus: 'Yes',
        refundTime: info.sellTime,
      });
      expect(await infoOf(sellTicket(ukey).info)).toMatchObject({ ErrorCode: 'TICKET_NOT_FOUND' });
    },
  );

  test('an entry that is known here makes CheckStatus Yes before the national platform knows it', async () => {
    const { national, bundle, terminal, infoOf } = await setUp();
    const ticket = sellTicket(ukey);
    national.sell(ticket.info);
    expect(await infoOf(ticket.info)).toMatchObject({ CheckStatus: 'No' });
    const record = checkTicket(ticket);
    expect(await report(terminal, [record])).toMatchObject({ kind: 'delivered', reply: { result: true } });
    expect(await infoOf(ticket.info)).toMatchObject({
      CheckStatus: 'Yes',
      Entry: { CheckTime: record.checkTime, RecordId: record.recordId },
    });
    const plain = await infoOf(ticket.info, createTerminal(bundle, 'plain'));
    expect(plain).toMatchObject({ CheckStatus: 'Yes' });
    expect(plain).not.toHaveProperty('Entry');
  });

  test('GetTicketInfos answers each question as GetTicketInfo does, and few questions go further', async () => {
    const { national, terminal, infoOf } = await setUp();
    const tickets = Array.from({ length: 100 }, () => sellTicket(ukey));
    const infos = tickets.map(({ info }) => info);
    for (const info of infos.slice(1)) national.sell(info);
    expect(await report(terminal, [checkTicket(tickets[7] as SoldTicket)])).toMatchObject({ reply: { result: true } });
    const elsewhere = getTicketInfoQueryJson(sellTicket(ukey, OTHER_CINEMA).info);
    const questions = [...infos.slice(0, 98).map(getTicketInfoQueryJson), elsewhere, { CinemaCode: CINEMA }];
    const singly = await infoOf(infos[7] as TicketInfo);
    national.asked.length = 0;
    const reply = await ask(terminal, APIS.getTicketInfos, { Tickets: questions });
    const { TicketInfos } = reply as { TicketInfos: Record<string, unknown>[] };
    expect(TicketInfos.slice(1, 98).map(({ FilmTicketCode }) => FilmTicketCode)).toEqual(
      infos.slice(1, 98).map(({ filmTicketCode }) => filmTicketCode),
    );
    expect(TicketInfos[0]).toMatchObject({ ErrorCode: 'TICKET_NOT_FOUND' });
    expect(TicketInfos[7]).toEqual(singly);
    expect(TicketInfos[7]).toMatchObject({ CheckStatus: 'Yes', Entry: {} });
    expect(TicketInfos[8]).toMatchObject({ CheckStatus: 'No' });
    expect(TicketInfos.slice(98)).toMatchObject([{ ErrorCode: 'CINEMA_NOT_ALLOWED' }, { ErrorCode: 'INVALID_QUERY' }]);
    expect(national.asked.filter((api) => api === APIS.getTicketInfos)).toHaveLength(1);
  });

  test('GetTicketInfos works in front of a plain national platform, which is asked one by one', async () => {
    const { national, terminal } = await setUp('plain');
    const infos = Array.from({ length: 5 }, () => sellTicket(ukey).info);
    for (const info of infos) national.sell(info);
    expect(await ask(terminal, APIS.getTicketInfos, getTicketInfosQueryJson(infos))).toMatchObject({
      TicketInfos: infos.map(({ filmTicketCode }) => ({ FilmTicketCode: filmTicketCode })),
    });
    expect(national.asked.filter((api) => api === APIS.getTicketInfo)).toHaveLength(5);
  });

  test('a national platform that is out of reach is UPSTREAM_UNAVAILABLE, within the budget of the platform', async () => {
    const { national, infoOf } = await setUp('extended', { UPSTREAM_BUDGET_MS: '1000' });
    const { info } = sellTicket(ukey);
    national.sell(info);
    const release = national.hold();
    const { result, turnsMs } = await measureTurns(() => infoOf(info));
    expect(result).toBe('UPSTREAM_UNAVAILABLE');
    expect(turnsMs).toBeLessThan(1000 + 1000);
    release();
    expect(await infoOf(info)).toMatchObject({ FilmTicketCode: info.filmTicketCode });
    await national.stop();
    expect(await infoOf(info)).toBe('UPSTREAM_UNAVAILABLE');
  });
});

describe('withEntries', () => {
  const { info } = sellTicket(ukey);
  const early = { checkTime: info.startTime, recordId: parseRecordId('019a0000-0000-7000-8000-000000000002') };
  const late = {
    checkTime: addSeconds(info.startTime, 5),
    recordId: parseRecordId('019a0000-0000-7000-8000-000000000001'),
  };

  const heldBy = (entry: typeof early) => ({
    holder: { ...entry, gate: '', account: 'terminal-1', claimedAt: entry.checkTime, recorded: false },
    records: [],
  });

  test('without an entry here, what the national platform says stands', () => {
    const nothing = { holder: null, records: [] };
    expect(withEntries({ ...info, checkStatus: 'Yes', entry: late }, nothing)).toMatchObject({
      checkStatus: 'Yes',
      entry: late,
    });
    expect(withEntries(info, nothing)).toBe(info);
    for (const checkStatus of ['No', 'unknown'] as const) {
      expect(withEntries({ ...info, checkStatus, entry: late }, nothing).checkStatus).toBe(checkStatus);
    }
  });

  test('of an entry here and one there, the earlier is the first', () => {
    expect(withEntries({ ...info, checkStatus: 'Yes', entry: early }, heldBy(late)).entry).toEqual(early);
    expect(withEntries({ ...info, checkStatus: 'Yes', entry: late }, heldBy(early)).entry).toEqual(early);
  });

  test('an entry here decides where a plain platform does not say', () => {
    expect(withEntries({ ...info, checkStatus: 'unknown' }, heldBy(early))).toMatchObject({
      checkStatus: 'Yes',
      entry: early,
    });
  });
});
