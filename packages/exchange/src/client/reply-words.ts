import { isJsonObject, orNull, readForeignTime } from '@ticket-check/protocol';

const SHOWN = 60;

const begins = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** Says in a few words why a reply is no envelope, with its first characters. Scheme 6.4.2; reading E12. */
export function whyNoEnvelope(body: Buffer): string {
  if (body.length === 0) return 'it is empty';
  const text = orNull(() => new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (text === null) {
    const inGbk = new TextDecoder('gb18030').decode(body.subarray(0, 2 * SHOWN));
    return `it is not UTF-8, and begins with ${begins(inGbk)} as GBK`;
  }
  const shown = `begins with ${begins(text)}`;
  if (/^\s*<(?:!doctype|html|head|body)/i.test(text)) return `it is a page of HTML, and ${shown}`;
  const read = orNull(() => ({ value: JSON.parse(text) as unknown }));
  if (read === null) return `it is not JSON, and ${shown}`;
  const { value } = read;
  if (!isJsonObject(value)) return `it is no JSON object, and ${shown}`;
  const name = Object.keys(value).find((key) => key.toLowerCase() === 'replydata');
  if (name === undefined) return `it has no ReplyData, and ${shown}`;
  if (name !== 'ReplyData') return `ReplyData is spelled ${name}: names are those of the scheme, capitals included`;
  const data = value.ReplyData;
  return `ReplyData is ${typeof data === 'string' ? 'a string' : 'no object'}, and the reply ${shown}`;
}

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, 'as in the scheme'],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, 'with a space in place of T'],
  [/:\d\d\.\d+$/, 'with fractions of a second'],
  [/(?:Z|[+-]\d\d:?\d\d)$/i, 'with a zone'],
];

/** In which form a peer writes a time, and whether it can be read. */
export function timeForm(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return `no string: ${begins(JSON.stringify(value))}`;
  const form = FORMS.find(([pattern]) => pattern.test(value))?.[1] ?? 'in another form';
  const isRead = orNull(() => readForeignTime(value)) !== null;
  return isRead ? form : `${form}, which cannot be read: ${begins(value)}`;
}
