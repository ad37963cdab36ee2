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
import { inOtherLetters, isJsonObject } from '../envelope/read-json-body.ts';
import { type ErrorCode, ProtocolError } from '../errors.ts';
import { parsePrice } from '../money.ts';
import { parseBusinessDate, parseWallClock, parseWallClockHour, readForeignTime } from '../time.ts';
import { MAX_RECORDS, MAX_TICKETS } from './apis.ts';
import { parseRecordId } from './record-id.ts';

/** How a ticket was sold, in the words of the scheme: at the counter or over the network. Scheme 6.6.2.2.2.9. */
export const TICKET_TYPES = ['现场售票', '网络售票'] as const;
export type TicketType = (typeof TICKET_TYPES)[number];

/** Reads a ticket type. Throws INVALID_TICKET_TYPE. Scheme 6.6.2.2.2.9. */
export const parseTicketType = (text: string): TicketType => {
  for (const type of TICKET_TYPES) if (type === text) return type;
  throw new ProtocolError('INVALID_TICKET_TYPE', 'must be 现场售票 or 网络售票');
};

type Shape = Readonly<Record<string, z.ZodType>>;

/** An object of ours: the elements of a message under names that begin with a small letter. */
type Ours<Wire> = { readonly [Name in keyof Wire as Name extends string ? Uncapitalize<Name> : never]: Wire[Name] };

const ownName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Reads the elements of a JSON object, in the order of `shape`, into an object of ours; other elements are ignored. */
export const message = <S extends Shape>(shape: S) => {
  const names = Object.keys(shape).map((name) => [name, ownName(name)] as const);
  return z.object(shape).transform((read) => {
    const elements: Readonly<Record<string, unknown>> = read;
    return Object.fromEntries(names.map(([name, own]) => [own, elements[name]])) as Ours<z.output<z.ZodObject<S>>>;
  });
};

/** Writes the named elements of an object of ours, in this order; what is undefined is no element. */
export const elementsJson = <O extends object, Name extends Capitalize<keyof O & string>>(
  ours: O,
  ...names: readonly Name[]
) =>
  Object.fromEntries(names.map((name) => [name, (ours as Record<string, unknown>)[ownName(name)]])) as {
    [N in Name]: Uncapitalize<N> extends keyof O ? O[Uncapitalize<N>] : never;
  };

/** An element that may be missing: null. */
export const optional = <T>(schema: z.ZodType<T>) => schema.optional().transform((value) => value ?? null);

/** What a value of a foreign peer says, or the fallback where it is missing or cannot be read. Reading E12. */
export const lenient = <T, F>(value: unknown, parse: (value: unknown) => T, fallback: F): T | F => {
  try {
    return value === undefined || value === null ? fallback : parse(value);
  } catch (error) {
    if (error instanceof ProtocolError) return fallback;
    throw error;
  }
};

/** What can be read of the JSON objects in a list of a foreign peer, of at most `max`; the others are left out. Reading E12. */
export const lenientList = <T>(list: unknown, max: number, read: (item: Record<string, unknown>) => T): T[] =>
  (Array.isArray(list) ? list.slice(0, max) : []).flatMap((item) =>
    isJsonObject(item) ? lenient(item, () => [read(item)], []) : [],
  );

/** Says whether a value is one of the forms in which peers write true: `true`, `"true"` in any case, `1`. Reading E12. */
export const isTrue = (value: unknown): boolean =>
  value === true || value === 1 || (typeof value === 'string' && /^(?:true|1)$/i.test(value));

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
    const other = object[name] === undefined ? inOtherLetters(object, name) : '';
    throw new ProtocolError(error.code, `${name} ${error.message}${other}`, { element: name });
  }
};

/** Reads an element of an extension; null if it is missing, or malformed and from a sender that does not announce it. Reading X1. */
export const readAnnounced = <T>(
  object: Readonly<Record<string, unknown>>,
  name: string,
  parse: (value: unknown) => T,
  isAnnounced: boolean,
): T | null => {
  if (object[name] === undefined) return null;
  return isAnnounced ? readElement(object, name, parse) : lenient(object[name], parse, null);
};

/** What an element looks like on the wire, in words of JSON Schema. */
type Form = {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | readonly string[];
  readonly [word: string]: unknown;
};

/** A required element. The ProtocolError of `parse` becomes an issue of the schema, with its code in `params.errorCode`. */
export const element = <T>(parse: (value: unknown) => T, form: Form = TEXT) =>
  z
    .unknown()
    .transform((value, ctx): T => {
      try {
        return present(value, parse);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        const params: { errorCode: ErrorCode } = { errorCode: error.code };
        ctx.issues.push({ code: 'custom', message: error.message, input: value, params });
        return z.NEVER;
      }
    })
    .meta({ ...form });

const TEXT: Form = { type: 'string' };
const codeOf = (length: number): Form => ({ type: 'string', minLength: length, maxLength: length });
const TIME: Form = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$' };
const WHOLE: Form = { type: ['integer', 'string'] };
const NAME: Form = { type: 'string', maxLength: 128 };

const wrongType = (what: string) => new ProtocolError('WRONG_TYPE', `must be ${what}`);

/** Text that every store can keep: well-formed, without NUL. */
export const parseText = (value: unknown): string => {
  if (typeof value !== 'string') throw wrongType('a string');
  if (!value.isWellFormed() || value.includes('\0')) throw wrongType('well-formed text without NUL');
  return value;
};

export const parseFilledText = (value: unknown): string => {
  const text = parseText(value);
  if (text === '') throw new ProtocolError('MISSING_ELEMENT', 'must not be empty');
  return text;
};

/** A parser of text of at most `max` characters (code points). */
export const bounded = (max: number, parse: (value: unknown) => string) => (value: unknown) => {
  const text = parse(value);
  if (text.length <= max || [...text].length <= max) return text;
  throw new ProtocolError('WRONG_LENGTH', `must have at most ${max} characters`);
};

const MAX_NAME_CHARACTERS = 128;

/** Reads the name of a cinema, a screen or a film, which may be empty; bounded, so that 1000 records always fit a report. */
export const parseName = bounded(MAX_NAME_CHARACTERS, parseText);

/** Reads a name of a foreign peer, cut to what may be reported: a guest's record must not fail for its length. */
export const readForeignName = (value: unknown): string => [...parseText(value)].slice(0, MAX_NAME_CHARACTERS).join('');

const WHOLE_NUMBER = /^-?\d{1,10}$/;

/** Reads a 32-bit integer, also one printed as a string. */
export const parseWholeNumber = (value: unknown): number => {
  const number = typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !isWholeNumber(number)) throw wrongType('an integer');
  return number + 0;
};

export const isWholeNumber = (number: number): boolean => Number.isInteger(number) && Math.abs(number) <= MAX_WHOLE;

export const MAX_WHOLE = 0x7fff_ffff;

export const parseCount = (value: unknown): number => {
  const count = parseWholeNumber(value);
  if (count < 0) throw new ProtocolError('WRONG_TYPE', 'must not be negative');
  return count;
};

export const parseTruth = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw wrongType('true or false');
  return value;
};

export const filled =
  <T>(parse: (text: string) => T) =>
  (value: unknown): T =>
    parse(parseFilledText(value));

/** Reads a code that may come shorter than its fixed length. Reading T3. */
export const padded = <T>(parse: (text: string) => T, length: number): ((value: unknown) => T) =>
  filled((text) => parse(padCode(text, length)));

export const readCinemaCode = filled(parseCinemaCode);
export const readFilmTicketCode = filled(parseFilmTicketCode);
export const readPaddedFilmTicketCode = padded(parseFilmTicketCode, CODE_LENGTHS.filmTicketCode);
export const readScreenCode = filled(parseScreenCode);
export const readFilmCode = filled(parseFilmCode);
export const readSessionCode = filled(parseSessionCode);
export const readTicketType = filled(parseTicketType);
export const readTime = filled(parseWallClock);
const readHour = filled(parseWallClockHour);
export const readMoment = filled(readForeignTime);
export const readRecordId = (value: unknown) => parseRecordId(parseText(value));

export const cinemaCode = element(readCinemaCode, codeOf(CODE_LENGTHS.cinemaCode));
export const filmTicketCode = element(readFilmTicketCode, codeOf(CODE_LENGTHS.filmTicketCode));
export const screenCode = element(readScreenCode, codeOf(CODE_LENGTHS.screenCode));
export const filmCode = element(readFilmCode, codeOf(CODE_LENGTHS.filmCode));
export const sessionCode = element(readSessionCode, codeOf(CODE_LENGTHS.sessionCode));
export const time = element(readTime, TIME);
export const hour = element(readHour);
export const businessDate = element(filled(parseBusinessDate));
export const price = element(parsePrice, { type: ['number', 'string'] });
export const name = element(parseName, NAME);
export const filledName = element(bounded(MAX_NAME_CHARACTERS, parseFilledText), NAME);
export const filledText = element(parseFilledText);
export const wholeNumber = element(parseWholeNumber, WHOLE);
export const count = element(parseCount, WHOLE);
export const truth = element(parseTruth, { type: 'boolean' });
export const ticketType = element(readTicketType, { type: 'string', enum: TICKET_TYPES });

/** What identifies a ticket; a short FilmTicketCode is filled up. Readings T3, X3. */
export const ticketElements = {
  CinemaCode: cinemaCode,
  FilmTicketCode: element(readPaddedFilmTicketCode, { type: 'string', maxLength: CODE_LENGTHS.filmTicketCode }),
  StartTime: time,
};

/** Refuses a query of which each element is right, but not what they say together. */
export const refuseUnless = (isRight: boolean, ctx: z.RefinementCtx, element: string, fault: string): void => {
  if (isRight) return;
  ctx.addIssue({ code: 'custom', path: [element], message: fault, params: { errorCode: 'INVALID_QUERY' } });
};

/** A bounded list of raw items; the length is judged before any of them is looked at. */
const rawList = (max: number, what: string, errorCode: ErrorCode) =>
  z.array(z.unknown()).superRefine((items, ctx) => {
    if (items.length <= max) return;
    const message = `must hold at most ${max} ${what}, holds ${items.length}`;
    ctx.addIssue({ code: 'custom', message, params: { errorCode }, continue: false });
  });

export const rawRecords = rawList(MAX_RECORDS, 'records', 'TOO_MANY_RECORDS');

export const rawTickets = rawList(MAX_TICKETS, 'tickets', 'TOO_MANY_TICKETS');
