import { ProtocolError } from '../errors.ts';
import { type Envelope, readEnvelope } from './read-envelope.ts';
import { decodeUtf8, isJsonObject, parseJson } from './read-json-body.ts';
import { refuseDuplicateKey, scanJsonInParts } from './scan-json.ts';

/** A request with large QueryData, to be read only for a known sender; `queryText` is gone afterwards. */
export type LargeEnvelope = Omit<Envelope, 'query'> & {
  /** Reads QueryData, once, in parts. Throws INVALID_ENCODING, INVALID_JSON or DUPLICATE_KEY at any level. Reading E4. */
  readQuery(): Generator<void, Record<string, unknown>, void>;
};

/** The most that the five other elements may take, and a body whose sender need not be known to be read whole. */
export const SMALL_BODY_BYTES = 64 * 1024;

const EMPTY_OBJECT = Buffer.from('{}');
/** A thousand records or rows, even with five times the elements that the scheme names, hold fewer values. */
const MAX_VALUES = 100_000;

/**
 * Reads the elements around QueryData in a body of more than `SMALL_BODY_BYTES`, by one linear pass and, with QueryData
 * left out, as `readEnvelope` does. Throws what that throws, and BODY_TOO_LARGE where it is not QueryData that makes the
 * body large, or where that holds more values than a request needs. Scheme 6.4.1 and 6.5.2; readings E2, E4 and E5.
 */
export function* readLargeEnvelope(body: Buffer): Generator<void, LargeEnvelope, void> {
  // One character for each byte: so positions are those of bytes, and what is no UTF-8 is refused below.
  const text = body.toString('latin1');
  const { spans } = yield* scanJsonInParts(text, { watches: () => false, maxValues: MAX_VALUES });
  const span = spans.get('QueryData');
  const around = span === undefined ? body.length : body.length - (span.end - span.start);
  if (span === undefined || text[span.start] !== '{' || around > SMALL_BODY_BYTES) {
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
      refuseDuplicateKey(yield* scanJsonInParts(query, { watches: () => true }));
      return value;
    },
  };
}
