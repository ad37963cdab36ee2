import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  privateEncrypt,
  publicEncrypt,
  sign,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { encodeGbk } from './gbk.ts';
import { readLoosely } from './read-request.ts';
import { textsOf } from './texts.ts';
import { createWork, MOST_WORK } from './work.ts';

const vectors = new URL('../../../vectors/', import.meta.url);
const privateKeyOf = (name: string): KeyObject =>
  createPrivateKey(readFileSync(new URL(`test-keys/${name}.pem`, vectors)));
const privateKey = privateKeyOf('account-2048');
const publicKey = createPublicKey(privateKey);
const otherKey = createPublicKey(privateKeyOf('other-account-2048'));

type Vector = { name: string; key: string; valid: boolean; body: string };
const cases: Vector[] = JSON.parse(readFileSync(new URL('signatures.json', vectors), 'utf8')).cases;

/** What an invalid vector is diagnosed as: the codes, and where the first is. */
const DIAGNOSES: Readonly<Record<string, string>> = {
  'signed pretty, sent compact': 'white-space QueryData.CinemaCode',
  'signed pretty, sent with other white space': 'white-space QueryData.CinemaCode',
  'signed pretty with LF, sent with CR LF': 'line-ends QueryData.CinemaCode',
  'Version 1 signed, 1.0 sent': 'version-form Version',
  'QueryData printed again: 45.00 became 45': 'number-form QueryData.CheckTickets[0].Price',
  'QueryData printed again: 45.00 became 45.0': 'number-form QueryData.CheckTickets[0].Price',
  'QueryData printed again: keys in another order': 'key-order QueryData.CheckTickets[0].Price',
  'QueryData printed again: Chinese text escaped': 'escapes QueryData.CheckTickets[0].ScreenName',
  'white space added inside a string': 'white-space QueryData.CheckTickets[0].ScreenName',
  'signed without the white space inside strings': 'white-space QueryData.CheckTickets[0].ScreenName',
  // Nobody can see from outside which of the two it is.
  'the key of another account': 'wrong-key,padding Signature',
  'another Datetime': 'changed-value Datetime',
  'another Username': 'wrong-username Username',
  'another Api': 'changed-value Api',
  'another ticket': 'changed-value QueryData.FilmTicketCode',
  'one element more in QueryData': 'changed-value QueryData.X',
  'signature in URL-safe Base64': 'base64 Signature',
  'signature without its Base64 padding': 'base64 Signature',
  'signature with Base64 trailing bits that are not zero': 'base64 Signature',
  'signature with a space in it': 'base64 Signature',
  'one character of the signature changed': 'wrong-key,padding Signature',
  'signature is plain text': 'not-a-signature Signature',
  'hex digits in both cases at once': 'digest Signature',
  'hex digits and a line feed': 'trailing-newline Signature',
  SHA256withRSA: 'digest Signature',
  'MD5 of the hex digits of the MD5': 'digest Signature',
  'separators between the elements': 'separator SignedText',
  'QueryData left out of the text': 'part-order SignedText',
};

const summaryOf = ({ Mistakes }: ReturnType<typeof diagnose>): string =>
  `${Mistakes.map(({ Code }) => Code).join()} ${Mistakes[0]?.Where ?? ''}`.trim();

describe('the vectors of signatures', () => {
  it.each(cases)('explains: $name', ({ name, key, valid, body }) => {
    const diagnosis = diagnose(Buffer.from(body), [createPublicKey(privateKeyOf(key))]);
    expect(diagnosis.Verifies).toBe(valid);
    expect(summaryOf(diagnosis)).toBe(valid ? '' : DIAGNOSES[name]);
  });

  it('explains every invalid one', () => {
    expect(cases.filter(({ valid }) => !valid).map(({ name }) => name)).toEqual(Object.keys(DIAGNOSES));
  });
});

const QUERY =
  '{"CinemaCode":"31010001","CheckTickets":[{"TicketInfoCode":"31010001abc+/d==","CheckTime":"2026-11-24T19:20:00","ScreenCode":"0000000000000007","ScreenName":"7 号厅 <激光>","FilmCode":"001102582019","FilmName":"流浪地球","SessionCode":"3101000120261124","StartTime":"2026-11-24T19:30:00","TicketType":"网络售票","FilmTicketCode":"3101000100000795","RowNum":7,"ColumnNum":12,"Price":45.00,"Service":2.50}]}';
const RECORD = /\{"TicketInfoCode".*?\}/.exec(QUERY)?.[0] ?? '';
const HEAD = {
  Version: '1.0',
  Datetime: '2026-11-24T19:20:05',
  Username: 'terminal-1',
  Api: 'ReportOriginalCheckTickets',
};
const textOf = (query: string, head = HEAD): string => Object.values(head).join('') + query;
const TEXT = textOf(QUERY);
const seal = (payload: string | Buffer): string =>
  privateEncrypt(privateKey, Buffer.from(payload as string)).toString('base64');
const signed = (text: string | Buffer): string => seal(hash('md5', text));
const bodyOf = (signature: string, query = QUERY, head: object = HEAD): Buffer =>
  Buffer.from(`${JSON.stringify({ ...head, Signature: signature }).slice(0, -1)},"QueryData":${query}}`);

const pretty = (newline: string) =>
  JSON.stringify(JSON.parse(QUERY), null, 2)
    .replace('45,', '45.00,')
    .replace('2.5\n', '2.50\n')
    .replaceAll('\n', newline);
const doubles = (query: string) => query.replaceAll(':45.00', ':45.0').replaceAll(':2.50', ':2.5');
const strings = (query: string) => query.replace('45.00', '"45.00"').replace('2.50', '"2.50"');
const zeros = (query: string) => query.replaceAll(':45.00', ':45').replaceAll(':2.50', ':2.5');
const rows = (query: string) => doubles(query).replace(/("(?:Row|Column)Num":\d+)/g, '$1.0');
const inEscapes = (text: string, which = /\P{ASCII}/gu) =>
  text.replace(which, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
const EXPONENT = QUERY.replace('2.50', '2.5e+0');
const upper = (digits: string) => digits.toUpperCase();
/** As Python's json.dumps prints what json.loads has read. */
const pythonOf = (query: string) =>
  inEscapes(doubles(query).replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, text, mark) => text ?? `${mark} `));
const { Version, Datetime, Username, Api } = HEAD;
const EXCHANGED = { Version, Datetime, Api, Username } as typeof HEAD;
/** The order in which Java 17 prints a HashMap with these keys. */
const HASHED =
  'CheckTime SessionCode StartTime Service RowNum TicketInfoCode ScreenCode Price ColumnNum FilmTicketCode ScreenName TicketType FilmCode FilmName'.split(
    ' ',
  );
const hashed = (query: string) =>
  query.replace(/\{"TicketInfoCode".*?\}/g, (record) => {
    const members = record.slice(1, -1).split(/,(?=")/);
    return `{${HASHED.map((key) => members.find((member) => member.startsWith(`"${key}"`))).join()}}`;
  });
const sorted = (query: string): string =>
  query
    .replace(
      /\{"TicketInfoCode".*?\}/g,
      (record) =>
        `{${record
          .slice(1, -1)
          .split(/,(?=")/)
          .sort()
          .join()}}`,
    )
    .replace(/^\{("CinemaCode":"31010001"),(.*)\}$/s, '{$2,$1}');
/** As Go's json.Marshal prints a map that json.Unmarshal has read. */
const goOf = (query: string) => inEscapes(zeros(sorted(query)), /[<>&]/g);
const raw = Buffer.from(signed(TEXT), 'base64');
const bits = { key: privateKey, padding: constants.RSA_NO_PADDING };

/** A block with OAEP padding under the private operation, as Bouncy Castle makes one. RFC 8017, 7.1.1. */
const oaepPrivately = (payload: string): string => {
  const mask = (seed: Buffer, length: number) =>
    Buffer.concat(
      Array.from({ length: 13 }, (_, n) => hash('sha1', Buffer.concat([seed, Buffer.from([0, 0, 0, n])]), 'buffer')),
    ).subarray(0, length);
  const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, place) => byte ^ b[place]!));
  const data = Buffer.alloc(256 - 21);
  createHash('sha1').digest().copy(data);
  data.write(payload, data.length - payload.length);
  data[data.length - payload.length - 1] = 1;
  const seed = Buffer.alloc(20, 7);
  const masked = xor(data, mask(seed, data.length));
  return privateEncrypt(bits, Buffer.concat([Buffer.from([0]), xor(seed, mask(masked, 20)), masked])).toString(
    'base64',
  );
};
const typeTwo = (payload: string): string =>
  privateEncrypt(
    bits,
    Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(253 - payload.length, 5), Buffer.from([0]), Buffer.from(payload)]),
  ).toString('base64');

const MD5 = hash('md5', TEXT);
const FIRST = 'QueryData.CheckTickets[0]';
/** A request with the signature of a text. */
const signing = (text: string | Buffer, query = QUERY) => bodyOf(signed(text), query);
/** A right signature of QUERY, and something else sent. */
const sending = (query: string) => signing(TEXT, query);
const signedBy = (algorithm: string, options: object = {}) =>
  bodyOf(sign(algorithm, Buffer.from(TEXT), { key: privateKey, ...options }).toString('base64'));
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING };
const MILLISECONDS = { ...HEAD, Datetime: `${HEAD.Datetime}.000` };
const NAMED = `Api=${Api}&Datetime=${Datetime}&QueryData=${QUERY}&Username=${Username}&Version=1.0`;
const SEPARATED = QUERY.replace(/([:,])(?=["[]|\d+[.,}])/g, '$1 ').replace(/(T\d\d): (\d\d): /g, '$1:$2:');
const NO_PADDING = privateEncrypt(bits, Buffer.concat([Buffer.alloc(224), Buffer.from(MD5)]));
const SYSTEM_TEXT_JSON = inEscapes(EXPONENT, /[<>]|(?<=abc)\+|\P{ASCII}/gu).replace(/(?<=\\u)..../g, upper);
const WITHOUT_ZEROS = [...hash('md5', TEXT, 'buffer')].map((byte) => byte.toString(16)).join('');

/** Mistakes that people made when they connected to a platform, each in a request that is otherwise right. */
const LIVE: readonly (readonly [name: string, body: Buffer, expected: string])[] = [
  ['keys sorted after signing', sending(sorted(QUERY)), 'key-order QueryData.CheckTickets'],
  ['keys sorted for signing', signing(textOf(sorted(QUERY))), 'key-order QueryData.CinemaCode'],
  ['45.00 signed, 45.0 sent', sending(doubles(QUERY)), `number-form ${FIRST}.Price`],
  ['45.0 signed, 45.00 sent', signing(textOf(doubles(QUERY))), `number-form ${FIRST}.Price`],
  ['amounts signed as strings', signing(textOf(strings(QUERY))), `number-form ${FIRST}.Price`],
  [
    '7.0 for row 7 (Gson)',
    sending(QUERY.replace('7,"ColumnNum":12', '7.0,"ColumnNum":12.0')),
    `number-form ${FIRST}.RowNum`,
  ],
  ['escaped after signing', sending(inEscapes(QUERY)), `escapes ${FIRST}.ScreenName`],
  ['slashes escaped after signing (PHP)', sending(QUERY.replaceAll('/', '\\/')), `escapes ${FIRST}.TicketInfoCode`],
  ['< > = escaped for signing (Gson)', signing(textOf(inEscapes(QUERY, /[<>=]/g))), `escapes ${FIRST}.TicketInfoCode`],
  [
    'escaped for signing (System.Text.Json), beside an exponent',
    signing(textOf(SYSTEM_TEXT_JSON), EXPONENT),
    `escapes ${FIRST}.TicketInfoCode`,
  ],
  ['pretty signed, compact sent', signing(textOf(pretty('\n'))), 'white-space QueryData.CinemaCode'],
  ["Python's separators signed, compact sent", signing(textOf(SEPARATED)), 'white-space QueryData.CinemaCode'],
  ['LF became CR LF', signing(textOf(pretty('\n')), pretty('\r\n')), 'line-ends QueryData.CinemaCode'],
  ['SHA1withRSA', signedBy('sha1'), 'digest Signature'],
  ['SHA256withRSA', signedBy('sha256'), 'digest Signature'],
  ['hex digits of SHA-256', bodyOf(seal(hash('sha256', TEXT))), 'digest Signature'],
  ['Base64 of the MD5', bodyOf(seal(hash('md5', TEXT, 'base64'))), 'digest Signature'],
  ['the digits without leading zeros', bodyOf(seal(WITHOUT_ZEROS)), 'digest Signature'],
  ['PSS over the text', signedBy('sha256', PSS), 'padding,digest Signature'],
  ['PSS with MD5', signedBy('md5', { ...PSS, saltLength: 16 }), 'padding Signature'],
  ['OAEP with the private half', bodyOf(oaepPrivately(MD5)), 'padding Signature'],
  [
    'OAEP with the public half',
    bodyOf(publicEncrypt(publicKey, Buffer.from(MD5)).toString('base64')),
    'wrong-key,padding Signature',
  ],
  ['padding of type 2', bodyOf(typeTwo(MD5)), 'padding Signature'],
  ['no padding', bodyOf(NO_PADDING.toString('base64')), 'padding Signature'],
  ['URL-safe Base64', bodyOf(raw.toString('base64url')), 'base64 Signature'],
  ['the bytes reversed (CryptoAPI)', bodyOf(Buffer.from(raw).reverse().toString('base64')), 'base64 Signature'],
  ['hex for Base64', bodyOf(raw.toString('hex')), 'base64 Signature'],
  ['Base64 of hex', bodyOf(Buffer.from(raw.toString('hex')).toString('base64')), 'base64 Signature'],
  ['Base64 twice', bodyOf(Buffer.from(raw.toString('base64')).toString('base64')), 'base64 Signature'],
  ['Base64 encoded for a URL', bodyOf(encodeURIComponent(raw.toString('base64'))), 'base64 Signature'],
  [
    'sent as a form: + became a space',
    bodyOf(raw.toString('base64').replaceAll('+', ' '), QUERY.replaceAll('+', ' ')),
    'plus-sign Signature',
  ],
  ['gzip', gzipSync(sending(QUERY)), 'encoding body'],
  ['body in GBK', encodeGbk(sending(QUERY).toString()), 'encoding body'],
  ['body in UTF-16', Buffer.from(sending(QUERY).toString(), 'utf16le'), 'encoding body'],
  ['signed in GBK', signing(encodeGbk(TEXT)), 'encoding SignedText'],
  ['signed in UTF-16 (Encoding.Unicode)', signing(Buffer.from(TEXT, 'utf16le')), 'encoding SignedText'],
  ['signed with a byte order mark', signing(`\ufeff${TEXT}`), 'bom SignedText'],
  ['signed with echo', signing(`${TEXT}\n`), 'trailing-newline SignedText'],
  ['names signed with the values', signing(NAMED), 'separator SignedText'],
  [
    'parts signed with their quotes',
    signing(textOf(QUERY, { Version: '"1.0"', Datetime: `"${Datetime}"`, Username: `"${Username}"`, Api: `"${Api}"` })),
    'separator SignedText',
  ],
  ['parts in another order', signing(`${Username}${Api}${Datetime}1.0${QUERY}`), 'part-order SignedText'],
  ['Version signed with its quotes', signing(textOf(QUERY, { ...HEAD, Version: '"1.0"' })), 'version-form Version'],
  ['QueryData sent as a string', sending(JSON.stringify(QUERY)), 'escapes QueryData'],
  [
    'names in lower case',
    Buffer.from(sending(QUERY).toString().replace('"Version"', '"version"')),
    'not-a-signature Version',
  ],
  [
    'Datetime with milliseconds',
    bodyOf(signed(textOf(QUERY, MILLISECONDS)), QUERY, MILLISECONDS),
    'not-a-signature Datetime',
  ],
  [
    'the clock read twice',
    signing(textOf(QUERY, { ...HEAD, Datetime: '2026-11-24T19:20:03' })),
    'changed-value Datetime',
  ],
  ['sorted and 45.0', sending(doubles(sorted(QUERY))), `number-form,key-order ${FIRST}.Price`],
  ['sorted and SHA-256', bodyOf(seal(hash('sha256', TEXT)), sorted(QUERY)), 'digest,key-order Signature'],
  [
    'pretty, escaped and & between the parts',
    signing([...Object.values(HEAD), pretty('\n')].join('&')),
    'white-space,separator QueryData.CinemaCode',
  ],
  ['a form', Buffer.from('Version=1.0&Username=terminal-1'), 'not-a-signature body'],
];

const one = bodyOf(Buffer.concat([Buffer.alloc(255), Buffer.from([1])]).toString('base64'));
const MANY = Buffer.from(`{"Signature":"x","QueryData":[${Array(20_000).fill(0)}]}`);

describe('mistakes of real clients', () => {
  it.each(LIVE)('explains: %s', (_, body, expected) => {
    const diagnosis = diagnose(body, [publicKey]);
    expect({ verifies: diagnosis.Verifies, mistakes: summaryOf(diagnosis) }).toEqual({
      verifies: false,
      mistakes: expected,
    });
  });

  it('names the key of the same account that signed, and what else is wrong', () => {
    const body = sending(sorted(QUERY));
    const diagnosis = diagnose(body, [otherKey], { otherKeys: [{ name: 'former.pem', key: publicKey }] });
    expect(summaryOf(diagnosis)).toBe('wrong-key,key-order former.pem');
    expect(diagnosis.SignedText).toBe(TEXT);
  });

  it('shows a line feed between the parts and a quote in a name as JSON writes them', () => {
    const adviceOn = (text: string, usernames: string[] = []) =>
      diagnose(signing(text), [publicKey], { usernames }).Mistakes[0]?.Advice;
    expect(adviceOn([...Object.values(HEAD), QUERY].join('\n'))).toContain('joined with "\\n"');
    expect(adviceOn(textOf(QUERY, { ...HEAD, Username: 'a"b' }), ['a"b'])).toContain('Signed: "a\\"b";');
  });

  it('counts the hex digits of what is no digest as digits', () => {
    expect(diagnose(bodyOf(seal('a'.repeat(36))), [publicKey]).Mistakes[0]?.Advice).toContain('36 hex digits that are');
  });

  it('names the account whose name was signed', () => {
    const body = bodyOf(signed(textOf(QUERY, { ...HEAD, Username: 'seller' })));
    expect(summaryOf(diagnose(body, [publicKey], { usernames: ['seller'] }))).toBe('wrong-username Username');
  });

  it('says what was signed and sent, and what to change in which language', () => {
    const body = sending(doubles(QUERY));
    const [mistake] = diagnose(body, [publicKey]).Mistakes;
    expect(mistake?.Advice).toMatch(
      /^Signed: .*45\.00.*; sent: .*45\.0,.* (?=.*Jackson)(?=.*Gson)(?=.*fastjson)(?=.*C#)(?=.*PHP)(?=.*Python)(?=.*Go)/,
    );
    expect(diagnose(body, [publicKey]).Mistakes[0]?.AdviceZh).toMatch(/^签名时是/);
  });

  it.each([
    ['a Signature of 1, which opens under every key', one, 'wrong-key,padding Signature'],
    ['a block that holds no digest', bodyOf(seal('x')), 'digest Signature'],
    ['more values than are printed again', MANY, 'not-a-signature body'],
    ['gzip of a body that is too long', gzipSync(Buffer.alloc(100_000, ' ')), 'encoding body'],
    ['gzip in gzip', gzipSync(gzipSync(sending(QUERY))), 'encoding body'],
  ])('searches no text for %s', (_, body, expected) => {
    let searched = 0;
    // The names are among the first texts that a search makes.
    const usernames = new Proxy(['seller'], {
      get(names, property, self) {
        searched += 1;
        return Reflect.get(names, property, self);
      },
    });
    expect(summaryOf(diagnose(body, [publicKey], { usernames }))).toBe(expected);
    expect(searched).toBe(0);
  });

  it('says of a body with too many values that it is too long, and still finds that it verifies', () => {
    expect(diagnose(MANY, [publicKey]).Mistakes[0]?.Advice).toMatch(/^The body is too long or nested too deeply/);
    const query = `{"CinemaCode":"31010001","CheckTickets":[${Array(20_000).fill(0)}]}`;
    expect(diagnose(bodyOf(signed(textOf(query)), query), [publicKey])).toMatchObject({ Verifies: true, Mistakes: [] });
  });

  it('counts the printing of texts as work, and makes none when it is spent', () => {
    const query = `{${Array.from({ length: 5000 }, (_, key) => `"k${key}":${key}`)}}`;
    const { request } = readLoosely(bodyOf('x', query));
    const work = createWork(request!.text.length);
    let made = 0;
    for (const { text } of textsOf(request!, [], work)) {
      made += 1;
      work.digested(1, text.length);
      if (work.isSpent()) break;
    }
    expect(made).toBeGreaterThan(10);
    expect(made).toBeLessThan(400);
    expect(work.done()).toBeLessThan(MOST_WORK * 1.1);
  });

  it.each([
    [100, 'Version 1', (query: string) => textOf(query, { ...HEAD, Version: '1' }), 'version-form'],
    [1000, 'a line feed at the end', (query: string) => `${textOf(query)}\n`, 'trailing-newline'],
    [1000, 'amounts as doubles', (query: string) => textOf(doubles(query)), 'number-form'],
    [
      1000,
      'keys sorted, amounts as doubles',
      (query: string) => textOf(doubles(sorted(query))),
      'number-form,key-order',
    ],
    [1000, 'keys sorted, rows as doubles too', (query: string) => textOf(rows(sorted(query))), 'number-form,key-order'],
    [1000, 'two parts exchanged', (query: string) => textOf(query, EXCHANGED), 'part-order'],
    [1000, 'keys of a HashMap, no zeros', (query: string) => textOf(zeros(hashed(query))), 'number-form,key-order'],
    [1000, 'Chinese escaped', (query: string) => textOf(inEscapes(query)), 'escapes'],
    [1000, 'as Gson escapes', (query: string) => textOf(inEscapes(query, /[<>&=']/g)), 'escapes'],
    [1000, 'slashes escaped', (query: string) => textOf(query.replaceAll('/', '\\/')), 'escapes'],
    // Longer than what is read value by value.
    [1400, 'as PHP escapes', (query: string) => textOf(inEscapes(query).replaceAll('/', '\\/')), 'escapes'],
  ])('explains a report of %d records: %s', (count, _, textIn, codes) => {
    const records = Array.from({ length: count }, (_, place) => RECORD.replace('"RowNum":7', `"RowNum":${place}`));
    const query = `{"CinemaCode":"31010001","CheckTickets":[${records}]}`;
    const { Mistakes, SignedText } = diagnose(bodyOf(signed(textIn(query)), query), [publicKey]);
    expect(Mistakes.map(({ Code }) => Code).join()).toBe(codes);
    expect(SignedText?.trim()).toBe(textIn(query).trim());
  });

  it('explains a report in which only the last of 200 records has another number of decimals', () => {
    const records = Array.from({ length: 200 }, (_, place) =>
      place < 199 ? RECORD : RECORD.replace('45.00', '45.50'),
    );
    const query = `{"CinemaCode":"31010001","CheckTickets":[${records}]}`;
    const text = textOf(query.replaceAll('.50', '.5').replaceAll('.00', ''));
    const { Mistakes } = diagnose(bodyOf(signed(text), query), [publicKey]);
    expect(Mistakes.map(({ Code }) => Code).join()).toBe('number-form');
  });

  it.each([
    ['json.dumps', pythonOf(QUERY), 'number-form,white-space,escapes'],
    ['json.dumps with sort_keys', pythonOf(sorted(QUERY)), 'number-form,white-space,escapes,key-order'],
    ['a map of Go', goOf(QUERY), 'number-form,key-order,escapes'],
  ])('explains what changes at once when a program prints again what it has read: %s', (_, text, codes) => {
    const { Mistakes } = diagnose(bodyOf(signed(textOf(text))), [publicKey]);
    expect(Mistakes.map(({ Code }) => Code).join()).toBe(codes);
  });

  it('says nothing of values where the signature has another padding, or QueryData was signed as the string that it is', () => {
    const overDigits = sign('sha256', Buffer.from(MD5), { key: privateKey, ...PSS }).toString('base64');
    expect(summaryOf(diagnose(bodyOf(overDigits), [publicKey]))).toBe('padding Signature');
    const quoted = JSON.stringify(QUERY);
    expect(summaryOf(diagnose(bodyOf(signed(textOf(quoted)), quoted), [publicKey]))).toBe('escapes QueryData');
  });

  it('reads a value of some megabytes', () => {
    expect(summaryOf(diagnose(bodyOf('x'.repeat(10_000_000)), [publicKey]))).toBe('not-a-signature Signature');
  });

  it('has a payload and no text where values were replaced by others, and ends all the same', () => {
    const records = JSON.parse(QUERY).CheckTickets[0];
    const query = JSON.stringify({ CinemaCode: '31010001', CheckTickets: Array(100).fill(records) });
    const diagnosis = diagnose(signing('something else'), [publicKey]);
    expect(diagnosis).toMatchObject({ Verifies: false, Payload: 'hex', SignedText: null });
    expect(summaryOf(diagnosis)).toBe('changed-value SignedText');
    expect(diagnosis.Mistakes[0]?.Advice).not.toContain('one record');
    const ofMany = diagnose(signing('something else', query), [publicKey]);
    expect([ofMany.SignedText, ofMany.Mistakes[0]?.Advice]).toEqual([null, expect.stringContaining('one record')]);
  });
});
