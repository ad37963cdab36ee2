import type { KeyObject } from 'node:crypto';
import type { RecordId, TicketRow, WallClock } from '@ticket-check/protocol';
import {
  checkTicketJson,
  claimTicketQueryJson,
  encodeTicketCode,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSeatCode,
  parseSessionCode,
  publicKeyRowJson,
  wallClockAt,
} from '@ticket-check/protocol';
import { makeUkey as makeCinemaUkey } from '@ticket-check/protocol/testing';

export const CINEMA = parseCinemaCode('31012801');

export const CINEMA_ROW = { CinemaCode: CINEMA, CinemaName: '星光影城' };

const NO_RECORD_ID = '' as RecordId;
const SEAT = parseSeatCode('00000401_##8_##9');

/** A Ukey as in the field, RSA-1024, and its row for the national platform. */
export function makeUkey() {
  const { privateKey, key } = makeCinemaUkey();
  return { privateKey, spki: key.spki, row: publicKeyRowJson({ ...key, cinemaCode: CINEMA }) };
}

/** A ticket that was sold; each number is another one. */
export function ticketOf(number: number, startTime: WallClock): TicketRow {
  return {
    cinemaCode: CINEMA,
    cinemaName: CINEMA_ROW.CinemaName,
    screenCode: parseScreenCode('0000000000000001'),
    screenName: '1号激光厅',
    filmCode: parseFilmCode('001102582019'),
    filmName: '流浪地球',
    sessionCode: parseSessionCode('3101280126010101'),
    startTime,
    ticketType: '网络售票',
    sellTime: wallClockAt(Date.now()),
    filmTicketCode: parseFilmTicketCode(String(number).padStart(16, '0')),
    rowNum: 8,
    columnNum: 9,
    price: parseFen(4500),
    service: parseFen(300),
  };
}

export const codeOf = (ticket: TicketRow, ukey: KeyObject): string =>
  encodeTicketCode({ ...ticket, seatCode: SEAT }, ukey);

export function claimQueryOf(ticket: TicketRow, recordId: RecordId, ukey: KeyObject) {
  const { cinemaCode, filmTicketCode, startTime } = ticket;
  const made = { ticketInfoCode: codeOf(ticket, ukey), checkTime: wallClockAt(Date.now()), gate: 'gate-1' };
  return claimTicketQueryJson({ cinemaCode, filmTicketCode, startTime, recordId, ...made });
}

/** The check record of an entry that is made now: as a terminal reports it, or a sender that knows only the scheme. */
export function recordJson(ticket: TicketRow, ukey: KeyObject, recordId = NO_RECORD_ID) {
  const made = { recordId, ticketInfoCode: codeOf(ticket, ukey), checkTime: wallClockAt(Date.now()) };
  const record = { ...ticket, ...made, overriddenVerdict: null };
  return checkTicketJson(record, { extended: recordId !== NO_RECORD_ID, priceForm: 'two-decimals' });
}
