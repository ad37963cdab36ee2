import {
  type CinemaCode,
  CODE_LENGTHS,
  type FilmCode,
  type FilmTicketCode,
  hasCodeCharacters,
  padCode,
  type ScreenCode,
  type SeatCode,
  type SessionCode,
} from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import type { Fen } from '../money.ts';
import { isWallClock, type WallClock } from '../time.ts';
import { MESSAGE_LENGTH, type TicketCodeFields } from './layout.ts';

const wrongField = (field: string, what: string): ProtocolError =>
  new ProtocolError('CODE_FIELD', `${field} in the ticket info code ${what}`, { field });

const PRICE_LENGTH = 6;

// The character 0 is never stripped: codes end in it. Reading T3.
const withoutFilling = (text: string): string => {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 32)) end--;
  return text.slice(0, end);
};

const codeField = (message: string, start: number, length: number, field: string): string => {
  const code = withoutFilling(message.slice(start, start + length));
  if (!hasCodeCharacters(code)) throw wrongField(field, 'is empty or holds characters that codes cannot hold');
  return padCode(code, length);
};

const startTimeField = (text: string): WallClock => {
  if (!isWallClock(text)) throw wrongField('StartTime', 'is not a real time in the form YYYY-MM-DDThh:mm:ss');
  return text;
};

const AMOUNT = /^\d{1,3}\.\d{2}$/;
const PRINTABLE = /^[ -~]*$/;

type Amount = { readonly fen: Fen | null; readonly text: string };

const priceField = (message: string, start: number, field: string): Amount => {
  const text = withoutFilling(message.slice(start, start + PRICE_LENGTH));
  if (AMOUNT.test(text)) return { fen: Math.round(Number(text) * 100) as Fen, text };
  if (!PRINTABLE.test(text)) throw wrongField(field, 'holds characters outside printable ASCII');
  return { fen: null, text };
};

/**
 * Reads the recovered fields. Throws CODE_FIELD, with the field's name, where a field is out of form; a malformed
 * price is kept as text and does not count as such. Scheme 5.1.2, table 1; readings T2 to T5.
 */
export const readFields = (cinemaCode: CinemaCode, recovered: Buffer): TicketCodeFields => {
  if (recovered.length !== MESSAGE_LENGTH) {
    throw wrongField('the content', `must hold ${MESSAGE_LENGTH} bytes, holds ${recovered.length}`);
  }
  const message = recovered.toString('latin1');
  const price = priceField(message, 95, 'Price');
  const service = priceField(message, 101, 'Service');
  return {
    cinemaCode,
    filmTicketCode: codeField(message, 0, CODE_LENGTHS.filmTicketCode, 'FilmTicketCode') as FilmTicketCode,
    screenCode: codeField(message, 16, CODE_LENGTHS.screenCode, 'ScreenCode') as ScreenCode,
    filmCode: codeField(message, 32, CODE_LENGTHS.filmCode, 'FilmCode') as FilmCode,
    sessionCode: codeField(message, 44, CODE_LENGTHS.sessionCode, 'SessionCode') as SessionCode,
    startTime: startTimeField(message.slice(60, 79)),
    seatCode: codeField(message, 79, CODE_LENGTHS.seatCode, 'SeatCode') as SeatCode,
    price: price.fen,
    priceText: price.text,
    service: service.fen,
    serviceText: service.text,
  };
};
