import { ProtocolError } from '../errors.ts';
import { type Envelope, readEnvelope } from './read-envelope.ts';
import { decodeUtf8, isJsonObject, parseJson } from './read-json-body.ts';
import { refuseDuplicateKey, type Span, scanJsonInParts } from './scan-json.ts';

/**
 * A request with large QueryData. Only the elements around QueryData are parsed; call `readQuery` only for a known sender.
 * `queryText` is decoded at its first use, and is gone once QueryData is read.
 */
export type LargeEnvelope = Omit<Envelope, 'query'> & {
  /**
   * Reads QueryData and refuses duplicate keys at any level of it. Yields between parts; the parser's is the longest. To be
   * called once: the envelope keeps neither the body's bytes nor the text of QueryData from then on. Throws
   * INVALID_ENCODING, INVALID_JSON or DUPLICATE_KEY. Reading E4.
   */
  readQuery(): Generator<void, Record<string, unknown>, void>;
};

/** The most that the five other elements may take, and a body whose sender need not be known to be read whole. */
export const SMALL_BODY_BYTES = 64 * 1024;

const EMPTY_OBJECT = Buffer.from('{}');

/**
 * Reads the elements around QueryData in a body of more than `SMALL_BODY_BYTES`, by one linear pass and, with QueryData
 * left out, as `readEnvelope` does. Yields between parts of the pass.
 *
 * Throws what `readEnvelope` throws, and BODY_TOO_LARGE where it is not QueryData that makes the body large, or where
 * QueryData holds more values than a request needs.
 * Scheme 6.4.1 and 6.5.2; readings E2, E4 and E5.
 */
export function* readLargeEnvelope(body: Buffer): Generator<void, LargeEnvelope, void> {
  const span = yield* findQueryData(body);
  const around = span === null ? body.length : body.length - (span.end - span.start);
  if (span === null || around > SMALL_BODY_BYTES) {
    throw new ProtocolError(
      'BODY_TOO_LARGE',
      `a body of more than ${SMALL_BODY_BYTES} bytes must be a request whose QueryData holds at most 1000 records or rows, with little beside it`,
    );
  }
  const { version, datetime, username, api, signature } = readEnvelope(
    Buffer.concat([body.subarray(0, span.start), EMPTY_OBJECT, body.subarray(span.end)]),
  );
  // A caller may hold the envelope until the answer comes, and must not hold up to 4 MB with it.
  let unread: { bytes: Buffer; text?: string } | undefined = { bytes: body.subarray(span.start, span.end) };
  return {
    version,
    datetime,
    username,
    api,
    signature,
    get queryText() {
      if (unread === undefined) throw new Error('QueryData was read already, and its text is not kept');
      unread.text ??= unread.bytes.toString('utf8');
      return unread.text;
    },
    *readQuery() {
      if (unread === undefined) throw new Error('QueryData was read already');
      // Bytes that are no UTF-8 would become other characters in the text above.
      const query = decodeUtf8(unread.bytes);
      unread = undefined;
      yield;
      const value = parseJson(query);
      yield;
      if (!isJsonObject(value)) throw new ProtocolError('INVALID_ENVELOPE', 'QueryData must be a JSON object');
      refuseDuplicateKey(yield* scanJsonInParts(query, null));
      return value;
    },
  };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const KEY = 'QueryData';
// Each of its characters may be written as an escape of six.
const LONGEST_KEY = KEY.length * 6;

/** A part of a pass over a body, a fraction of a millisecond. */
const PART_BYTES = 128 * 1024;
/** A thousand records or rows, even with five times the elements that the scheme names, hold fewer values. */
const MAX_VALUES = 100_000;

/**
 * Finds the object that is the value of the top-level key QueryData in the bytes of a body, in one pass that costs a few
 * nanoseconds a byte whatever the content. Yields between parts. Assumes JSON and checks nothing: the caller parses the
 * object, and what surrounds it, afterwards.
 *
 * @returns its position in bytes; null if it is missing or holds more values than any request needs
 */
function* findQueryData(body: Buffer): Generator<void, Span | null, void> {
  let depth = 0;
  let values = 0;
  let start = -1;
  let keyStart = 0;
  let keyEnd = 0;
  let expectsKey = false;
  let isQueryData = false;
  let inString = false;
  let position = 0;
  for (let until = PART_BYTES; position < body.length; until += PART_BYTES) {
    const end = Math.min(until, body.length);
    for (; position < end; position += 1) {
      const byte = body[position];
      if (inString) {
        if (byte === BACKSLASH) position += 1;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 1) keyEnd = position;
        }
        continue;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          if (depth === 1) keyStart = position + 1;
          break;
        case COLON:
          if (depth === 1 && expectsKey) {
            expectsKey = false;
            isQueryData = spellsQueryData(body, keyStart, keyEnd);
          }
          break;
        case COMMA:
          values += 1;
          if (depth === 1) {
            expectsKey = true;
            isQueryData = false;
          }
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          values += 1;
          if (depth === 1 && isQueryData && byte === OPEN_BRACE) start = position;
          depth += 1;
          if (depth === 1) expectsKey = true;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth -= 1;
          if (depth === 1 && start !== -1) return { start, end: position + 1 };
          break;
      }
      if (values > MAX_VALUES) return null;
    }
    yield;
  }
  return null;
}

function spellsQueryData(body: Buffer, start: number, end: number): boolean {
  if (end - start < KEY.length || end - start > LONGEST_KEY) return false;
  const raw = body.toString('latin1', start, end);
  if (!raw.includes('\\')) return raw === KEY;
  try {
    return JSON.parse(`"${raw}"`) === KEY;
  } catch {
    return false;
  }
}
