import { ProtocolError } from '../errors.ts';
import { isWallClock, type WallClock } from '../time.ts';
import { inOtherLetters, isJsonObject, readJsonBody } from './read-json-body.ts';
import { refuseDuplicateKey, scanJsonObject } from './scan-json.ts';

/** A request whose form is right; who sent it is not proven yet. Scheme 6.4.1 and 6.5.2. */
export type Envelope = Readonly<ReturnType<typeof readEnvelope>>;

const missing = (element: string, what: string): ProtocolError =>
  new ProtocolError('INVALID_ENVELOPE', `${element} ${what}`, { element });

const absent = (body: Record<string, unknown>, element: string): ProtocolError =>
  missing(element, `is missing${inOtherLetters(body, element)}`);

const textElement = (body: Record<string, unknown>, element: string): string => {
  const value = body[element];
  if (value === undefined) throw absent(body, element);
  // Text that is not well-formed has no UTF-8 form, so no signature could cover it.
  if (typeof value !== 'string' || value === '' || !value.isWellFormed()) {
    throw missing(element, 'must be a string that is not empty');
  }
  return value;
};

const versionElement = (body: Record<string, unknown>, text: string): string => {
  const value = body.Version;
  if (value === undefined) throw absent(body, 'Version');
  if (typeof value !== 'string' && typeof value !== 'number') throw missing('Version', 'must be "1.0"');
  const version = typeof value === 'string' ? value : text;
  if (version !== '1.0' && version !== '1') {
    throw new ProtocolError('VERSION_UNSUPPORTED', 'Version must be "1.0"');
  }
  return version;
};

const datetimeElement = (body: Record<string, unknown>): WallClock => {
  const text = textElement(body, 'Datetime');
  if (!isWallClock(text)) throw missing('Datetime', 'must be a real time in the form YYYY-MM-DDThh:mm:ss');
  return text;
};

/**
 * Reads a request body: UTF-8, JSON, no key twice at the top level or inside QueryData, six elements of the right type.
 * Throws INVALID_ENCODING, UNSUPPORTED_ENCODING, INVALID_JSON, DUPLICATE_KEY, VERSION_UNSUPPORTED, or INVALID_ENVELOPE
 * with the element's name. Scheme 6.4.1 and 6.5.2; readings E2, E4 and E5.
 */
export const readEnvelope = (body: Buffer) => {
  const { text, value } = readJsonBody(body);
  const scan = scanJsonObject(text, 'QueryData');
  refuseDuplicateKey(scan);
  const textOf = (element: string): string => {
    const span = scan.spans.get(element);
    return span === undefined ? '' : text.slice(span.start, span.end);
  };
  const version = versionElement(value, textOf('Version'));
  const datetime = datetimeElement(value);
  const [username, api] = [textElement(value, 'Username'), textElement(value, 'Api')];
  const signature = textElement(value, 'Signature');
  const query = value.QueryData;
  if (query === undefined) throw absent(value, 'QueryData');
  if (!isJsonObject(query)) throw missing('QueryData', 'must be a JSON object');
  /** `queryText`: the text of QueryData, exactly as in the body. Reading E2. */
  return { version, datetime, username, api, signature, queryText: textOf('QueryData'), query };
};
