import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  checkTicketJson,
  claimTicketQueryJson,
  encodeTicketCode,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parsePublicKey,
  parseScreenCode,
  parseSeatCode,
  parseSessionCode,
  type RecordId,
  type TicketRow,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';

/** The one cinema that tickets are sold for. */
export const CINEMA = parseCinemaCode('31012801');

/** Rows of the import files. */
export const CINEMA_ROW = { CinemaCode: CINEMA, CinemaName: '星光影城' };
const KEY_SINCE = '2026-01-01T00:00:00';

const NO_RECORD_ID = '' as RecordId;
const SEAT = parseSeatCode('00000401_##8_##9');

/** A Ukey as in the field, RSA-1024, and its row for the national platform. */
export function makeUkey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { spki } = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return { privateKey, spki, row: { CinemaCode: CINEMA, PublicKey: spki, StartTime: KEY_SINCE } };
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

/** The code that is printed on a ticket. */
export function codeOf(ticket: TicketRow, ukey: KeyObject): string {
  return encodeTicketCode({ ...ticket, seatCode: SEAT }, ukey);
}

/** The QueryData of a claim that is made now. */
export function claimQueryOf(ticket: TicketRow, recordId: RecordId, ukey: KeyObject) {
  const { cinemaCode, filmTicketCode, startTime } = ticket;
  const made = { ticketInfoCode: codeOf(ticket, ukey), checkTime: wallClockAt(Date.now()), gate: 'gate-1' };
  return claimTicketQueryJson({ cinemaCode, filmTicketCode, startTime, recordId, ...made });
}

/** The check record of an entry that is made now, as a terminal reports it. */
export function extendedRecord(ticket: TicketRow, ukey: KeyObject, recordId: RecordId) {
  const made = { recordId, ticketInfoCode: codeOf(ticket, ukey), checkTime: wallClockAt(Date.now()) };
  const record = { ...ticket, ...made, overriddenVerdict: null };
  return checkTicketJson(record, { extended: true, priceForm: 'two-decimals' });
}

/** The same from a sender that knows only the scheme. */
export function plainRecord(ticket: TicketRow, ukey: KeyObject) {
  const { RecordId: _, ...record } = extendedRecord(ticket, ukey, NO_RECORD_ID);
  return record;
}
