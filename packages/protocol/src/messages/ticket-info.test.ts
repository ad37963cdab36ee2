import { describe, expect, it, test } from 'vitest';
import { PRICE_FORMS } from '../money.ts';
import { checkRecord, throughJson, ticketInfo } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import { parseName, readForeignName } from './elements.ts';
import { errorReplyJson } from './error-reply.ts';
import { readSharedCinema, readTicketInfoReply } from './read-ticket-info-reply.ts';
import {
  readTicketInfosReply,
  sharedCinemaJson,
  type TicketInfo,
  ticketInfoJson,
  ticketInfosReplyJson,
} from './ticket-info.ts';

const wire = throughJson(ticketInfoJson(ticketInfo));
const entry = { checkTime: checkRecord.checkTime, recordId: checkRecord.recordId };
const refunded: TicketInfo = {
  ...ticketInfo,
  checkStatus: 'Yes',
  refundStatus: 'Yes',
  refundTime: parseWallClock('2026-11-24T09:00:00'),
};

describe('ReplyData of GetTicketInfo', () => {
  it('holds exactly the elements of the scheme, in the order of its example', () => {
    expect(Object.keys(ticketInfoJson({ ...ticketInfo, entry }))).toEqual(
      (
        'CinemaCode CinemaName ScreenCode ScreenName FilmCode FilmName SessionCode StartTime' +
        ' TicketType SellTime FilmTicketCode RowNum ColumnNum Price Service CheckStatus' +
        ' RefundStatus RefundTime'
      ).split(' '),
    );
    expect(wire).toMatchObject({ CheckStatus: 'No', RefundStatus: 'No', RefundTime: '' });
  });

  it.each(PRICE_FORMS)('is read back, price form %s', (priceForm) => {
    for (const info of [ticketInfo, refunded]) {
      expect(readTicketInfoReply(throughJson(ticketInfoJson(info, priceForm)), ticketInfo)).toEqual(info);
    }
  });

  it('names the first entry to an extended peer only', () => {
    const known = { ...ticketInfo, checkStatus: 'Yes', entry } as const;
    const toExtended = throughJson(ticketInfoJson(known, 'two-decimals', { extended: true }));
    expect(toExtended.Entry).toEqual({ CheckTime: entry.checkTime, RecordId: entry.recordId });
    expect(readTicketInfoReply(toExtended, ticketInfo)).toEqual(known);
    expect(ticketInfoJson(known)).not.toHaveProperty('Entry');
  });

  it('says that the cinema is shared only where it is', () => {
    const shared = throughJson(ticketInfoJson({ ...ticketInfo, sharedCinema: true }));
    expect(shared.SharedCinema).toBe(true);
    expect(readTicketInfoReply(shared, ticketInfo)).toEqual({ ...ticketInfo, sharedCinema: true });
    expect(ticketInfoJson({ ...ticketInfo, sharedCinema: false })).not.toHaveProperty('SharedCinema');
    const unknown = { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x', ...sharedCinemaJson(true) };
    expect([readSharedCinema(unknown), readSharedCinema({})]).toEqual([true, false]);
  });

  it('leaves an unknown status out, and never takes a missing or strange one for No', () => {
    const unknown = { ...ticketInfo, checkStatus: 'unknown', refundStatus: 'unknown' } as const;
    const written = throughJson(ticketInfoJson(unknown));
    expect(written).not.toHaveProperty('CheckStatus');
    expect(readTicketInfoReply(written, ticketInfo)).toEqual(unknown);
    const strange = { ...wire, CheckStatus: '', RefundStatus: null };
    expect(readTicketInfoReply(strange, ticketInfo)).toEqual(unknown);
  });

  it.each(['Yes', 'YES', 'yes', ' Y', 'true', 'TRUE', '1', true, 1])('reads the status %j as Yes', (word) => {
    const said = readTicketInfoReply({ ...wire, CheckStatus: word, RefundStatus: word }, ticketInfo);
    expect(said).toMatchObject({ checkStatus: 'Yes', refundStatus: 'Yes' });
    expect(said).not.toHaveProperty('unknownWords');
  });

  it.each(['No', 'NO', 'n', 'False', '0 ', false, 0])('reads the status %j as No', (word) => {
    expect(readTicketInfoReply({ ...wire, CheckStatus: word, RefundStatus: word }, ticketInfo)).toEqual(ticketInfo);
  });

  it.each([
    ['REFUNDED', 'REFUNDED'],
    ['已退票', '已退票'],
    [2, '2'],
    [{ Status: 'Yes' }, '{"Status":"Yes"}'],
    [`Yes${' '.repeat(40)}no`, `Yes${' '.repeat(29)}…`],
  ])('takes the status %j for unknown, and hands the word on as it is', (said, word) => {
    const info = readTicketInfoReply({ ...wire, RefundStatus: said }, ticketInfo) as TicketInfo;
    expect(info).toEqual({ ...ticketInfo, refundStatus: 'unknown', unknownWords: { RefundStatus: word } });
    const handedOn = throughJson(ticketInfoJson(info));
    expect(handedOn.RefundStatus).toBe(word);
    expect(readTicketInfoReply(handedOn, ticketInfo)).toEqual(info);
  });

  it('reads a plain platform leniently: numbers as strings, short codes, unknown elements', () => {
    const plain = { ...wire, RowNum: '7', ColumnNum: '12', Price: '45', Service: 2.5, ScreenCode: '7', Extra: [1] };
    expect(readTicketInfoReply(plain, ticketInfo)).toEqual({ ...ticketInfo, screenCode: '7000000000000000' });
  });

  it('takes what a plain platform left out or garbled as not said', () => {
    const { filmTicketCode, cinemaCode, startTime } = ticketInfo;
    const expected = {
      cinemaCode,
      filmTicketCode,
      startTime,
      screenName: '',
      screenCode: '',
      ticketType: null,
      sellTime: null,
      rowNum: 0,
      price: 0,
      checkStatus: 'unknown',
    };
    expect(readTicketInfoReply({ FilmTicketCode: filmTicketCode }, ticketInfo)).toMatchObject(expected);
    const garbled = {
      FilmTicketCode: filmTicketCode,
      ScreenName: 7,
      RowNum: '七',
      Price: 'free',
      Entry: 'x',
      SellTime: 'x',
    };
    expect(readTicketInfoReply(garbled, ticketInfo)).toMatchObject(expected);
  });

  it.each([
    {},
    { FilmTicketCode: '' },
    { FilmTicketCode: null },
    { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'x' },
    { ErrorCode: '404' },
  ])('takes %j for an unknown ticket', (replyData) => {
    expect(readTicketInfoReply(replyData, ticketInfo)).toBe('unknown-ticket');
  });

  it.each([
    ['FilmTicketCode', '3101000100000796'],
    ['FilmTicketCode', 3101000100000795],
    ['FilmTicketCode', '31010001000007950'],
    ['CinemaCode', '31010002'],
    ['StartTime', '2026-11-24T21:30:00'],
  ])('refuses a reply about another ticket: %s', (element, value) => {
    const refusal = refusalOf(() => readTicketInfoReply({ ...wire, [element]: value }, ticketInfo));
    expect([refusal.code, refusal.details?.element]).toEqual(['UPSTREAM_UNAVAILABLE', element]);
  });
});

describe('ReplyData of GetTicketInfos', () => {
  const answers = [ticketInfoJson(ticketInfo), errorReplyJson('TICKET_NOT_FOUND', 'No such ticket was sold.')];
  const infosWire = throughJson(ticketInfosReplyJson(answers));

  it('is read back as an answer of GetTicketInfo to each question', () => {
    expect(Object.keys(infosWire)).toEqual(['TicketInfos']);
    expect(readTicketInfosReply(infosWire, 2)).toEqual(answers.map(throughJson));
  });

  it.each([
    ['none', {}],
    ['no list', { TicketInfos: {} }],
    ['fewer answers than questions', { TicketInfos: [answers[0]] }],
    ['more answers than questions', { TicketInfos: [...answers, answers[1]] }],
    ['an answer that is no object', { TicketInfos: [answers[0], null] }],
  ])('is unusable with %s', (_, replyData) => {
    expect(refusalOf(() => readTicketInfosReply(replyData, 2)).code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('throws what the peer refused the whole call with', () => {
    const refused = errorReplyJson('OVERLOADED', 'x');
    expect(refusalOf(() => readTicketInfosReply(refused, 2)).code).toBe('OVERLOADED');
  });
});

// A character outside the basic plane is one character and two code units.
const LONGEST = '𠮷'.repeat(128);

describe('names', () => {
  test('have at most 128 characters, however they are encoded', () => {
    expect(parseName(LONGEST)).toBe(LONGEST);
    expect(parseName('')).toBe('');
    expect(() => parseName(`${LONGEST}x`)).toThrow(expect.objectContaining({ code: 'WRONG_LENGTH' }));
  });

  test('of a foreign peer are cut, never refused', () => {
    expect(readForeignName(`${LONGEST}𠮷`)).toBe(LONGEST);
  });
});
