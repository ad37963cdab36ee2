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
import type { CinemaKey } from '../public-key/cinema-keys.ts';
import { openBlock } from '../rsa/rsa-public-key.ts';
import { decodeCanonicalBase64 } from '../text.ts';
import { isWallClock, type WallClock } from '../time.ts';
import { CLEAR_LENGTH, readTicketCode } from './read-ticket-code.ts';

/** Bytes of the encrypted fields together: 16 + 16 + 12 + 16 + 19 + 16 + 6 + 6. Reading T1. */
const MESSAGE_LENGTH = 107;

/** A ticket info code's fields. Codes have their full length, as in the JSON messages. */
export type TicketCodeFields = Readonly<ReturnType<typeof readFields>>;

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

const priceField = (message: string, start: number, field: string): { fen: Fen | null; text: string } => {
  const text = withoutFilling(message.slice(start, start + PRICE_LENGTH));
  if (AMOUNT.test(text)) return { fen: Math.round(Number(text) * 100) as Fen, text };
  if (!PRINTABLE.test(text)) throw wrongField(field, 'holds characters outside printable ASCII');
  return { fen: null, text };
};

/** Reads the recovered fields. Throws CODE_FIELD, with the field's name; a malformed price is kept as text. 5.1.2, table 1; T2 to T5. */
const readFields = (cinemaCode: CinemaCode, recovered: Buffer) => {
  if (recovered.length !== MESSAGE_LENGTH) {
    throw wrongField('the content', `must hold ${MESSAGE_LENGTH} bytes, holds ${recovered.length}`);
  }
  const message = recovered.toString('latin1');
  const price = priceField(message, 95, 'Price');
  const service = priceField(message, 101, 'Service');
  return {
    /** In clear, and so not to be trusted: it selected the keys. Reading T7. */
    cinemaCode,
    filmTicketCode: codeField(message, 0, CODE_LENGTHS.filmTicketCode, 'FilmTicketCode') as FilmTicketCode,
    screenCode: codeField(message, 16, CODE_LENGTHS.screenCode, 'ScreenCode') as ScreenCode,
    filmCode: codeField(message, 32, CODE_LENGTHS.filmCode, 'FilmCode') as FilmCode,
    sessionCode: codeField(message, 44, CODE_LENGTHS.sessionCode, 'SessionCode') as SessionCode,
    startTime: startTimeField(message.slice(60, 79)),
    seatCode: codeField(message, 79, CODE_LENGTHS.seatCode, 'SeatCode') as SeatCode,
    /** null if the genuine code holds something else than an amount. Reading T4. */
    price: price.fen,
    /** The price as in the code, without the padding. */
    priceText: price.text,
    service: service.fen,
    serviceText: service.text,
  };
};

const recover = (block: Buffer, keys: readonly CinemaKey[]) => {
  for (const key of keys) {
    if (key.blockLength !== block.length) continue;
    const message = openBlock(block, key.key);
    if (message !== null) return { message, key };
  }
  return null;
};

const swapCase = (text: string): string =>
  text.replace(/[A-Za-z]/g, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

const wasReadWithCapsLock = (text: string, keys: readonly CinemaKey[]): boolean => {
  const block = decodeCanonicalBase64(swapCase(text.slice(CLEAR_LENGTH)));
  return block !== null && recover(block, keys) !== null;
};

/**
 * Decodes a ticket info code with the first of the given keys that fits (`decryptionOrder`), which proves that the cinema
 * made the code, except for the cinema code in clear.
 * Throws CODE_LENGTH, CODE_ALPHABET or CODE_BASE64 where the text cannot be a code (also one read with caps lock on),
 * CODE_NOT_GENUINE where no key fits, CODE_FIELD where a field is out of form. Without `diagnose` caps lock is not looked
 * for, which costs as much again as the keys did. Scheme 5.1.2 and 5.2.1; readings T1 to T8.
 */
export const decodeTicketCode = (
  text: string,
  keys: readonly CinemaKey[],
  { diagnose = true }: { diagnose?: boolean } = {},
) => {
  const { cinemaCode, block } = readTicketCode(text);
  const recovered = recover(block, keys);
  if (recovered !== null) return { fields: readFields(cinemaCode, recovered.message), key: recovered.key };
  if (diagnose && wasReadWithCapsLock(text, keys)) {
    throw new ProtocolError('CODE_ALPHABET', 'the scanner swapped upper and lower case: switch caps lock off');
  }
  throw new ProtocolError('CODE_NOT_GENUINE', 'no public key of the cinema decrypts this code');
};
