import {
  CODE_LENGTHS,
  type FilmCode,
  parseFilmCode,
  parseScreenCode,
  parseSessionCode,
  type ScreenCode,
  type SessionCode,
  type TicketIdentity,
} from '../codes.ts';
import { isJsonObject } from '../envelope/read-json-body.ts';
import { ProtocolError } from '../errors.ts';
import { type Fen, parsePrice } from '../money.ts';
import { quoted, REPLY_BOUNDS } from '../reply-bounds.ts';
import type { WallClock } from '../time.ts';
import * as wire from './elements.ts';
import { refuseErrorReply } from './error-reply.ts';
import type { KnownEntry, Status, TicketInfo } from './ticket-info.ts';

/** Peers write a time that there is not, as the RefundTime of most tickets, as an empty text: no error is made of it. */
const timeOf = (value: unknown): WallClock | null => (value === '' ? null : wire.lenient(value, wire.readMoment, null));

const YES = /^\s*(?:yes|y|true|1)\s*$/i;
const NO = /^\s*(?:no|n|false|0)\s*$/i;

/** Reads any value that a platform sends instead of a word, as text. */
const wordOf = (value: unknown): string =>
  typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value);

/** Reads Yes and No in the forms in which platforms write them. Any other word says nothing, and never No. Readings E11, E12. */
const statusOf = (value: unknown): Status => {
  const word = wordOf(value);
  return YES.test(word) ? 'Yes' : NO.test(word) ? 'No' : 'unknown';
};

const unknownWordsOf = ({ CheckStatus, RefundStatus }: Record<string, unknown>): Pick<TicketInfo, 'unknownWords'> => {
  const words = Object.entries({ CheckStatus, RefundStatus }).flatMap(([element, value]) => {
    const word = quoted(wordOf(value).trim(), REPLY_BOUNDS.wordCharacters);
    return word === '' || statusOf(value) !== 'unknown' ? [] : [[element, word] as const];
  });
  return words.length === 0 ? {} : { unknownWords: Object.fromEntries(words) };
};

/** Reads an `Entry` element. Throws a ProtocolError. Reading X1. */
export const readEntry = (value: unknown): KnownEntry => {
  const { CheckTime, RecordId } = isJsonObject(value) ? value : {};
  return { checkTime: wire.readMoment(CheckTime), recordId: wire.readRecordId(RecordId) };
};

/** Whether a reply to GetTicketInfo, also one that knows no such ticket, says that another account works in the cinema. */
export const readSharedCinema = ({ SharedCinema }: Record<string, unknown>): boolean => SharedCinema === true;

const readScreenCode = wire.padded(parseScreenCode, CODE_LENGTHS.screenCode);
const readFilmCode = wire.padded(parseFilmCode, CODE_LENGTHS.filmCode);
const readSessionCode = wire.padded(parseSessionCode, CODE_LENGTHS.sessionCode);

const anotherTicket = (element: string): ProtocolError =>
  new ProtocolError('UPSTREAM_UNAVAILABLE', `the reply to GetTicketInfo is about another ticket: ${element} differs`, {
    element,
  });

const refuseAnotherTicket = (replyData: Record<string, unknown>, asked: TicketIdentity): void => {
  const { FilmTicketCode, CinemaCode, StartTime } = replyData;
  if (wire.lenient(FilmTicketCode, wire.readPaddedFilmTicketCode, null) !== asked.filmTicketCode)
    throw anotherTicket('FilmTicketCode');
  const cinemaCode = wire.lenient(CinemaCode, wire.readCinemaCode, null);
  if (cinemaCode !== null && cinemaCode !== asked.cinemaCode) throw anotherTicket('CinemaCode');
  const startTime = timeOf(StartTime);
  if (startTime !== null && startTime !== asked.startTime) throw anotherTicket('StartTime');
};

/**
 * Reads ReplyData of GetTicketInfo leniently: what is missing or unreadable counts as not said, and a reply without a
 * FilmTicketCode means that the ticket is unknown. Throws UPSTREAM_UNAVAILABLE if it is about another ticket than
 * requested, or the documented ErrorCode of the peer. Scheme 6.6.3.4; readings E11 and E12.
 */
export const readTicketInfoReply = (
  replyData: Record<string, unknown>,
  asked: TicketIdentity,
): TicketInfo | 'unknown-ticket' => {
  const { FilmTicketCode, ErrorCode } = replyData;
  if (FilmTicketCode === undefined || FilmTicketCode === null || FilmTicketCode === '') {
    if (ErrorCode !== 'TICKET_NOT_FOUND') refuseErrorReply(replyData);
    return 'unknown-ticket';
  }
  refuseAnotherTicket(replyData, asked);
  const { cinemaCode, filmTicketCode, startTime } = asked;
  return {
    cinemaCode,
    filmTicketCode,
    startTime,
    cinemaName: wire.lenient(replyData.CinemaName, wire.readForeignName, ''),
    screenCode: wire.lenient(replyData.ScreenCode, readScreenCode, '' as ScreenCode),
    screenName: wire.lenient(replyData.ScreenName, wire.readForeignName, ''),
    filmCode: wire.lenient(replyData.FilmCode, readFilmCode, '' as FilmCode),
    filmName: wire.lenient(replyData.FilmName, wire.readForeignName, ''),
    sessionCode: wire.lenient(replyData.SessionCode, readSessionCode, '' as SessionCode),
    ticketType: wire.lenient(replyData.TicketType, wire.filled(wire.parseTicketType), null),
    sellTime: timeOf(replyData.SellTime),
    rowNum: wire.lenient(replyData.RowNum, wire.parseWholeNumber, 0),
    columnNum: wire.lenient(replyData.ColumnNum, wire.parseWholeNumber, 0),
    price: wire.lenient(replyData.Price, parsePrice, 0 as Fen),
    service: wire.lenient(replyData.Service, parsePrice, 0 as Fen),
    checkStatus: statusOf(replyData.CheckStatus),
    refundStatus: statusOf(replyData.RefundStatus),
    refundTime: timeOf(replyData.RefundTime),
    ...unknownWordsOf(replyData),
    entry: wire.lenient(replyData.Entry, readEntry, undefined),
    ...(readSharedCinema(replyData) && { sharedCinema: true }),
  };
};
