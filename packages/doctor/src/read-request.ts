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

const strictly = (encoding: string, body: Buffer): string | null => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    return null;
  }
};

/** Reads a body in whatever encoding it is. */
const decodeBody = (body: Buffer): Decoded => {
  const in_ = (name: string, text: string): Decoded => ({
    text,
    marks: [mark('encoding', 'body', `The body is in ${name}.`, `请求体是 ${name} 编码。`)],
  });
  if (isGzip(body)) return in_('gzip in gzip', '');
  if ((body[0] === 0xff && body[1] === 0xfe) || body[1] === 0)
    return in_('UTF-16', new TextDecoder('utf-16le').decode(body));
  if ((body[0] === 0xfe && body[1] === 0xff) || body[0] === 0)
    return in_('UTF-16', new TextDecoder('utf-16be').decode(body));
  const utf8 = strictly('utf-8', body);
  if (utf8 !== null) return { text: utf8, marks: [] };
  const chinese = strictly('gb18030', body);
  return chinese === null ? in_('no known encoding', body.toString('latin1')) : in_('GBK', chinese);
};

const isGzip = (body: Buffer): boolean => body[0] === 0x1f && body[1] === 0x8b;

/** Reads a body that may be compressed, once. */
const unpackBody = (body: Buffer): Decoded => {
  if (!isGzip(body)) return decodeBody(body);
  const compressed = (en: string, zh: string, { text, marks }: Decoded = { text: '', marks: [] }): Decoded => ({
    text,
    marks: [mark('encoding', 'body', en, zh), ...marks],
  });
  try {
    const plain = gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES });
    return compressed('The body is compressed (gzip).', '请求体经过了 gzip 压缩。', decodeBody(plain));
  } catch (error) {
    if (error instanceof RangeError)
      return compressed(
        'The body is compressed (gzip), and too long to be explained when it is unpacked.',
        '请求体经过了 gzip 压缩，解压后太长，无法解释。',
      );
    return compressed('The body is damaged gzip.', '请求体是损坏的 gzip。');
  }
};

const NAMES = ['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'] as const;

const noRequest = (where: string, en: string, zh: string): Mark => mark('not-a-signature', where, en, zh);

/** Reads a body whose form may be wrong; null for the request where it has no elements of one. */
export const readLoosely = (
  body: Buffer,
): { readonly request: LooseRequest | null; readonly marks: readonly Mark[] } => {
  const { text, marks: encoding } = unpackBody(body);
  if (text === '' && encoding.length > 0) return { request: null, marks: encoding };
  const without = (...found: Mark[]) => ({ request: null, marks: [...encoding, ...found] });
  const json = jsonObjectIn(text);
  if (json === null) {
    if (/^[\w%.]+=/.test(text)) return without(noRequest('body', 'The body is a form.', '请求体是表单，不是 JSON。'));
    return without(noRequest('body', 'The body is no JSON object.', '请求体不是 JSON 对象。'));
  }
  const root = readJsonText(text.trim());
  if (root?.kind !== 'object') {
    const whole = encoding.length === 0 ? wholeRequest(body) : null;
    if (whole !== null)
      return {
        request: { ...whole, query: unread(whole.parts.queryText), rawQuery: null, text: text.trim() },
        marks: [],
      };
    const says = [
      'The body is too long or nested too deeply to be explained.',
      '请求体太长或嵌套太深，无法解释。',
    ] as const;
    return without(noRequest('body', ...says));
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
    const raw = text.trim().slice(node.start, node.end);
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
  return { request: { parts, signature, query: node ?? unread(queryText), rawQuery, text: text.trim() }, marks };
};

/** A request as a platform reads it, where it is too long to be printed again; null where its form is wrong too. */
const wholeRequest = (body: Buffer): Pick<LooseRequest, 'parts' | 'signature'> | null => {
  try {
    const { signature, ...parts } = readEnvelope(body);
    return { parts, signature };
  } catch {
    return null;
  }
};
