import { gunzipSync } from 'node:zlib';
import { jsonObjectIn, readEnvelope, type SignedParts } from '@ticket-check/protocol';
import { type JsonNode, readJsonText, unread } from './json-text.ts';
import { type Mark, mark } from './mistakes.ts';

/** A request as far as it can be read. */
export type LooseRequest = {
  readonly parts: SignedParts;
  readonly signature: string;
  readonly query: JsonNode;
  /** QueryData as it is spelled, where it is a string that holds JSON. */
  readonly rawQuery: string | null;
  /** The body as text, for callers who signed all of it. */
  readonly text: string;
};

/** As much as a platform keeps of a refused request: a few KB unpack to gigabytes. */
const MAX_UNPACKED_BYTES = 64 * 1024;

type Decoded = { readonly text: string; readonly marks: readonly Mark[] };

/** What an act makes, or null where it fails. */
const orNull = <T>(act: () => T): T | null => {
  try {
    return act();
  } catch {
    return null;
  }
};

/** Reads a body in whatever encoding it is, and compressed, once. */
const decodeBody = (body: Buffer): Decoded => {
  const encoded = (name: string, text: string, more: readonly Mark[] = []): Decoded => ({
    text,
    marks: [mark('encoding', 'body', `The body is in ${name}.`, `请求体是 ${name} 编码。`), ...more],
  });
  const decoded = (encoding: string, fatal: boolean) => new TextDecoder(encoding, { fatal }).decode(body);
  if (isGzip(body)) {
    const unpacked = orNull(() => gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES }));
    if (unpacked === null || isGzip(unpacked)) return encoded('gzip that is damaged, too long, or in gzip', '');
    const { text, marks } = decodeBody(unpacked);
    return encoded('gzip', text, marks);
  }
  const [first, second] = body;
  if ((first === 0xff && second === 0xfe) || second === 0) return encoded('UTF-16', decoded('utf-16le', false));
  if ((first === 0xfe && second === 0xff) || first === 0) return encoded('UTF-16', decoded('utf-16be', false));
  const utf8 = orNull(() => decoded('utf-8', true));
  if (utf8 !== null) return { text: utf8, marks: [] };
  const chinese = orNull(() => decoded('gb18030', true));
  return chinese === null ? encoded('no known encoding', body.toString('latin1')) : encoded('GBK', chinese);
};

const isGzip = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b;

const NAMES = ['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'] as const;

const noRequest = (where: string, en: string, zh: string): Mark => mark('not-a-signature', where, en, zh);

/** Reads a body whose form may be wrong; null for the request where it has no elements of one. */
export const readLoosely = (
  body: Buffer,
): { readonly request: LooseRequest | null; readonly marks: readonly Mark[] } => {
  const { text: untrimmed, marks: encoding } = decodeBody(body);
  const text = untrimmed.trim();
  if (text === '' && encoding.length > 0) return { request: null, marks: encoding };
  const without = (en: string, zh: string) => ({ request: null, marks: [...encoding, noRequest('body', en, zh)] });
  if (jsonObjectIn(text) === null) {
    if (/^[\w%.]+=/.test(text)) return without('The body is a form.', '请求体是表单，不是 JSON。');
    return without('The body is no JSON object.', '请求体不是 JSON 对象。');
  }
  const root = readJsonText(text);
  if (root?.kind !== 'object') {
    const request = encoding.length === 0 ? orNull(() => wholeRequest(body, text)) : null;
    if (request !== null) return { request, marks: [] };
    return without('The body is too long or nested too deeply to be explained.', '请求体太长或嵌套太深，无法解释。');
  }
  const marks: Mark[] = [...encoding];
  const placeOf = (name: (typeof NAMES)[number]): number =>
    root.names.findLastIndex((spelled) => spelled.toLowerCase() === name.toLowerCase());
  const elementOf = (name: (typeof NAMES)[number]): string => {
    const place = placeOf(name);
    const node = root.values[place];
    if (node === undefined) {
      marks.push(noRequest(name, `${name} is missing.`, `缺少 ${name}。`));
      return '';
    }
    const spelled = root.names[place] ?? '';
    if (spelled !== name)
      marks.push(noRequest(name, `The name ${name} is spelled ${spelled}.`, `${name} 写成了 ${spelled}。`));
    const raw = text.slice(node.start, node.end);
    if (name === 'Version' || name === 'QueryData') return raw;
    if (node.kind === 'string') return JSON.parse(raw) as string;
    marks.push(noRequest(name, `${name} is no string.`, `${name} 不是字符串。`));
    return raw;
  };
  const [version = '', datetime = '', username = '', api = '', signature = '', query = ''] = NAMES.map(elementOf);
  const isText = query.startsWith('"');
  if (isText) {
    const says = ['QueryData is a string that holds JSON.', 'QueryData 是内含 JSON 的字符串，而不是对象。'] as const;
    marks.push(mark('escapes', 'QueryData', ...says));
  }
  const queryText = isText ? (JSON.parse(query) as string) : query;
  const parts = {
    version: version.startsWith('"') ? (JSON.parse(version) as string) : version,
    datetime: datetime as SignedParts['datetime'],
    ...{ username, api, queryText },
  };
  const node = isText ? readJsonText(queryText) : root.values[placeOf('QueryData')];
  const rawQuery = isText ? query : null;
  return { request: { parts, signature, query: node ?? unread(queryText), rawQuery, text }, marks };
};

/** A request as a platform reads it, where it is too long to be printed again. @throws ProtocolError where its form is wrong too. */
const wholeRequest = (body: Buffer, text: string): LooseRequest => {
  const { signature, ...parts } = readEnvelope(body);
  return { parts, signature, query: unread(parts.queryText), rawQuery: null, text };
};
