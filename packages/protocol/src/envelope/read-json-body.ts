import { ProtocolError } from '../errors.ts';
import { orNull } from '../text.ts';

/** Says whether a JSON value is an object, and neither null nor an array. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object that a text is; null where it is none. */
export const jsonObjectIn = (text: string): Record<string, unknown> | null => {
  const value = orNull((): unknown => JSON.parse(text));
  return isJsonObject(value) ? value : null;
};

const decoder = new TextDecoder('utf-8', { fatal: true });

export const compressed = (how: string): ProtocolError =>
  new ProtocolError('UNSUPPORTED_ENCODING', `the body is compressed (${how}); send it uncompressed`);

const isGzip = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b;

/** Throws INVALID_ENCODING, or UNSUPPORTED_ENCODING for gzip; a byte order mark is passed over. */
export const decodeUtf8 = (body: Buffer): string => {
  try {
    return decoder.decode(body);
  } catch {
    if (isGzip(body)) throw compressed('gzip');
    throw new ProtocolError('INVALID_ENCODING', 'the body must be UTF-8');
  }
};

const FORM = /^[\w.%+-]+=/;

/** Throws INVALID_JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('INVALID_JSON', `the body must be JSON${insteadOfJson(text)}`);
  }
};

const insteadOfJson = (text: string): string => {
  if (text.trim() === '') return '; it is empty';
  return FORM.test(text) ? '; it is a form (name=value&…): send one JSON object, with any Content-Type' : '';
};

/** For the message about an element that is missing: what was sent instead, where only capital letters differ. */
export const inOtherLetters = (object: Readonly<Record<string, unknown>>, element: string): string => {
  const found = Object.keys(object).find((name) => name.toLowerCase() === element.toLowerCase());
  return found === undefined || found === element ? '' : `: ${found} should be ${element}`;
};

/** Reads a body as one JSON object. Throws INVALID_ENCODING, UNSUPPORTED_ENCODING, INVALID_JSON or INVALID_ENVELOPE. Scheme 6.5.1. */
export const readJsonBody = (body: Buffer) => {
  const text = decodeUtf8(body);
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new ProtocolError('INVALID_ENVELOPE', 'the body must be a JSON object');
  return { text, value };
};
