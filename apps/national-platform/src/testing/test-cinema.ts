import { type KeyObject, privateEncrypt } from 'node:crypto';
import type { ReceivedRecord } from '@ticket-check/check-records';
import {
  type FilmCode,
  type FilmTicketCode,
  type PublicKeyRow,
  padCode,
  parseCinemaCode,
  parseFen,
  parseRecordId,
  parseScreenCode,
  parseWallClock,
  type SessionCode,
  type TicketRow,
  ticketRowJson,
  UNTOLD_ORIGIN,
} from '@ticket-check/protocol';
import { makeUkey as makeCinemaUkey } from '@ticket-check/protocol/testing';
import type { NationalStore } from '../database.ts';

export const CINEMA = parseCinemaCode('31012801');
export const OTHER_CINEMA = parseCinemaCode('44010101');
export const CINEMAS = [
  { cinemaCode: CINEMA, cinemaName: '示例影城' },
  { cinemaCode: OTHER_CINEMA, cinemaName: '另一影城' },
];
export const SCREEN = parseScreenCode('0000000000000007');
const CHECKED = parseWallClock('2026-11-24T19:10:00');
/** When every test session starts, and the moment that tests call now: a quarter of an hour before. */
export const START = parseWallClock('2026-11-24T19:30:00');
export const NOW = Date.parse('2026-11-24T19:15:00+08:00');

export type Ukey = { privateKey: KeyObject; row: PublicKeyRow };

/** A cinema's Ukey as in the field: RSA-1024. */
export function makeUkey(startTime = '2024-01-01T00:00:00', cinemaCode = CINEMA): Ukey {
  const { privateKey, key } = makeCinemaUkey(startTime);
  return { privateKey, row: { ...key, cinemaCode } };
}

/** A key as the field writes it: `<hex modulus>|<hex exponent>`. */
export function hexForm({ row }: Ukey): string {
  const { n = '', e = '' } = row.key.export({ format: 'jwk' });
  return `${Buffer.from(n, 'base64url').toString('hex')}|${Buffer.from(e, 'base64url').toString('hex')}`;
}

/** A ticket as it was sold; its number makes its code. */
export function makeTicket(number: number, changes: Partial<TicketRow> = {}): TicketRow {
  return {
    cinemaCode: CINEMA,
    filmTicketCode: padCode(`7${String(number).padStart(9, '0')}`, 16) as FilmTicketCode,
    startTime: START,
    cinemaName: '',
    screenCode: SCREEN,
    screenName: '',
    filmCode: '001102582019' as FilmCode,
    filmName: '',
    sessionCode: '3921191208000000' as SessionCode,
    ticketType: '网络售票',
    sellTime: parseWallClock('2026-11-23T12:00:00'),
    rowNum: 8,
    columnNum: 9,
    price: parseFen(4500),
    service: parseFen(300),
    ...changes,
  };
}

/** The elements of a ticket as an import file or Api holds them. */
export const ticketJson = (ticket: TicketRow) => ticketRowJson(ticket);

type CodeFields = { seatCode?: string; priceText?: string; serviceText?: string };

/** The code on a ticket, put together by hand, so that fields can be as odd as the field has them; NUL-padded. */
export function ticketInfoCode(ticket: TicketRow, ukey: Ukey, fields: CodeFields = {}): string {
  const { seatCode = '00000401_##8_##9', priceText = '045.00', serviceText = '003.00' } = fields;
  const withoutFilling = (code: string, length: number) => code.replace(/0+$/, '').padEnd(length, '\0');
  const message = [
    withoutFilling(ticket.filmTicketCode, 16),
    ticket.screenCode.padEnd(16, '\0'),
    ticket.filmCode.padEnd(12, '\0'),
    withoutFilling(ticket.sessionCode, 16),
    ticket.startTime,
    seatCode.padEnd(16, '\0'),
    priceText.padEnd(6, '\0'),
    serviceText.padEnd(6, '\0'),
  ].join('');
  return ticket.cinemaCode + privateEncrypt(ukey.privateKey, Buffer.from(message, 'latin1')).toString('base64');
}

/** A check record in wire form, of a ticket that was let in. */
export function checkTicketJson(ticket: TicketRow, ukey: Ukey, changes: Record<string, unknown> = {}) {
  const { CinemaCode: _, CinemaName: __, SellTime: ___, ...elements } = ticketJson(ticket);
  return {
    ...elements,
    ...{ TicketInfoCode: ticketInfoCode(ticket, ukey), CheckTime: '2026-11-24T19:10:00' },
    ...{ ScreenName: '7号厅', FilmName: '示例影片', Price: 45, Service: 3 },
    ...changes,
  };
}

/** A check record as it was received, under the id of a number. */
export const receivedRecord = (
  ticket: TicketRow,
  ukey: Ukey,
  id: number,
  changes: Partial<ReceivedRecord> = {},
): ReceivedRecord => ({
  ...ticket,
  recordId: parseRecordId(`019ab000-0000-7000-8000-${String(id).padStart(12, '0')}`),
  ticketInfoCode: ticketInfoCode(ticket, ukey),
  ...{ checkTime: CHECKED, receivedAt: CHECKED, account: 'platform-a', ...UNTOLD_ORIGIN },
  ...{ quarantine: null, differences: [], overriddenVerdict: null },
  ...changes,
});

/** How many rows a table has. */
export async function countRows(
  { db }: Pick<NationalStore, 'db'>,
  table: 'cinema' | 'screen' | 'film' | 'publicKey' | 'ticket' | 'refund' | 'checkRecord',
): Promise<number> {
  const query = db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('rows'));
  return (await query.executeTakeFirstOrThrow()).rows;
}
