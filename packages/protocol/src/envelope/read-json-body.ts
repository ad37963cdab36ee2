import { ProtocolError } from '../errors.ts';

export type JsonBody = { readonly text: string; readonly value: Record<string, unknown> };

/** Says whether a JSON value is an object, and neither null nor an array. */
export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws INVALID_ENCODING; a byte order mark is passed over. */
export const decodeUtf8 = (body: Buffer): string => {
  try {
    return decoder.decode(body);
  } catch {
    throw new ProtocolError('INVALID_ENCODING', 'the body must be UTF-8');
  }
};

/** Throws INVALID_JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('INVALID_JSON', 'the body must be JSON');
  }
};

/**
 * Reads a body as UTF-8 (a byte order mark is passed over) and as one JSON object.
 * Throws INVALID_ENCODING, INVALID_JSON or INVALID_ENVELOPE. Scheme 6.5.1.
 */
export const readJsonBody = (body: Buffer): JsonBody => {
  const text = decodeUtf8(body);
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new ProtocolError('INVALID_ENVELOPE', 'the body must be a JSON object');
  return { text, value };
};
