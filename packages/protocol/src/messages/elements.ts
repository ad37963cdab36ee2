import * as z from 'zod';
import {
  CODE_LENGTHS,
  padCode,
  parseCinemaCode,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSessionCode,
} from '../codes.ts';
import { type ErrorCode, ProtocolError } from '../errors.ts';
import { parsePrice } from '../money.ts';
import { parseWallClock } from '../time.ts';
import { lenient } from './lenient.ts';
import { parseTicketType } from './ticket-type.ts';

const present = <T>(value: unknown, parse: (value: unknown) => T): T => {
  if (value === undefined || value === null) throw new ProtocolError('MISSING_ELEMENT', 'is missing');
  return parse(value);
};

/** Reads a required element of an object without a schema, which takes half the time: for what comes in thousands. */
export const readElement = <T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  parse: (value: unknown) => T,
): T => {
  try {
    return present(object[name], parse);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ProtocolError(error.code, `${name} ${error.message}`, { element: name });
  }
};

/**
 * Reads an element of an extension, which may be missing: null. From a sender that does not announce it, one of another form is an
 * element like any other that the scheme does not name. Reading X1.
 */
export const readAnnounced = <T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  parse: (value: unknown) => T,
  isAnnounced: boolean,
): T | null => {
  if (object[name] === undefined) return null;
  return isAnnounced ? readElement(object, name, parse) : lenient(object[name], parse, null);
};

/**
 * A required element: `parse` turns the JSON value into ours and refuses with a ProtocolError, which becomes an issue of
 * the schema with the documented code in `params.errorCode`.
 */
export const element = <T>(parse: (value: unknown) => T) =>
  z.unknown().transform((value, ctx): T => {
    try {
      return present(value, parse);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const params: { errorCode: ErrorCode } = { errorCode: error.code };
      ctx.issues.push({ code: 'custom', message: error.message, input: value, params });
      return z.NEVER;
    }
  });

const wrongType = (what: string): ProtocolError => new ProtocolError('WRONG_TYPE', `must be ${what}`);

/** Text that every store can keep: well-formed, without NUL. */
export const parseText = (value: unknown): string => {
  if (typeof value !== 'string') throw wrongType('a string');
  if (!value.isWellFormed() || value.includes('\0')) throw wrongType('well-formed text without NUL');
  return value;
};

/** Reads text that is not empty. */
export const parseFilledText = (value: unknown): string => {
  const text = parseText(value);
  if (text === '') throw new ProtocolError('MISSING_ELEMENT', 'must not be empty');
  return text;
};

/** Characters (code points) that a name may have. */
const MAX_NAME_CHARACTERS = 128;

const cut = (text: string): string =>
  text.length <= MAX_NAME_CHARACTERS ? text : [...text].slice(0, MAX_NAME_CHARACTERS).join('');

/** Reads the name of a cinema, a screen or a film, which may be empty; bounded, so that 1000 records always fit a report. */
export const parseName = (value: unknown): string => {
  const text = parseText(value);
  if (cut(text) === text) return text;
  throw new ProtocolError('WRONG_LENGTH', `must have at most ${MAX_NAME_CHARACTERS} characters`);
};

/** Reads a name of a foreign peer, cut to what may be reported: a guest's record must not fail for its length. */
export const readForeignName = (value: unknown): string => cut(parseText(value));

const parseFilledName = (value: unknown): string => {
  parseFilledText(value);
  return parseName(value);
};

const WHOLE_NUMBER = /^-?\d{1,10}$/;

/** Reads a 32-bit integer, also one printed as a string. */
export const parseWholeNumber = (value: unknown): number => {
  const number = typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !isWholeNumber(number)) throw wrongType('an integer');
  return number + 0;
};

/** Whether a number is one that `parseWholeNumber` reads. */
export const isWholeNumber = (number: number): boolean => Number.isInteger(number) && Math.abs(number) <= MAX_WHOLE;

/** The largest one. */
export const MAX_WHOLE = 0x7fff_ffff;

/** Reads a whole number that is not negative. */
export const parseCount = (value: unknown): number => {
  const count = parseWholeNumber(value);
  if (count < 0) throw new ProtocolError('WRONG_TYPE', 'must not be negative');
  return count;
};

/** Reads true or false. */
export const parseTruth = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw wrongType('true or false');
  return value;
};

/** A parser of text that must not be empty. */
export const filled =
  <T>(parse: (text: string) => T) =>
  (value: unknown): T =>
    parse(parseFilledText(value));

/** Reads a code that may come shorter than its fixed length. Reading T3. */
export const padded = <T>(parse: (text: string) => T, length: number): ((value: unknown) => T) =>
  filled((text) => parse(padCode(text, length)));

export const cinemaCode = element(filled(parseCinemaCode));
export const filmTicketCode = element(filled(parseFilmTicketCode));
export const paddedFilmTicketCode = element(padded(parseFilmTicketCode, CODE_LENGTHS.filmTicketCode));
export const screenCode = element(filled(parseScreenCode));
export const filmCode = element(filled(parseFilmCode));
export const sessionCode = element(filled(parseSessionCode));
export const time = element(filled(parseWallClock));
export const price = element(parsePrice);
export const name = element(parseName);
export const filledName = element(parseFilledName);
export const filledText = element(parseFilledText);
export const wholeNumber = element(parseWholeNumber);
export const ticketType = element(filled(parseTicketType));
