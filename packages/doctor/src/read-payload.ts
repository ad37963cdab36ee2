import { hash } from 'node:crypto';
import { type Mark, mark } from './mistakes.ts';
import type { Opened } from './open-signature.ts';

/** Says whether a text has the digest that was signed. */
export type Matcher = {
  readonly isOf: (text: string | Buffer) => boolean;
  readonly marks: readonly Mark[];
  /** Tried only with the likeliest texts: such a digest is rare. */
  readonly isRare?: boolean;
};

export type Payload = {
  /** `hex`, `HEX`, `raw`, `digest-info`, or in a few words what else was found. */
  readonly form: string;
  readonly matchers: readonly Matcher[];
  /** The text itself, where it was signed in place of a digest. */
  readonly text?: string;
  readonly marks: readonly Mark[];
};

const digest = (en: string, zh: string): Mark => mark('digest', 'Signature', en, zh);

/** Digests by the name that Node has for them: their bytes, and the DER before them in a DigestInfo. RFC 8017, 9.2; SM3 by GM/T 0006. */
const DIGESTS: Readonly<Record<string, { readonly name: string; readonly bytes: number; readonly info: string }>> = {
  md5: { name: 'MD5', bytes: 16, info: '3020300c06082a864886f70d020505000410' },
  sha1: { name: 'SHA-1', bytes: 20, info: '3021300906052b0e03021a05000414' },
  sha224: { name: 'SHA-224', bytes: 28, info: '302d300d06096086480165030402040500041c' },
  sha256: { name: 'SHA-256', bytes: 32, info: '3031300d060960864801650304020105000420' },
  sm3: { name: 'SM3', bytes: 32, info: '3030300c06082a811ccf5501831105000420' },
  sha384: { name: 'SHA-384', bytes: 48, info: '3041300d060960864801650304020205000430' },
  sha512: { name: 'SHA-512', bytes: 64, info: '3051300d060960864801650304020305000440' },
};

const nameOf = (algorithm: string): string => DIGESTS[algorithm]?.name ?? algorithm;
/** Those of that length. */
const digestsOf = (bytes: number): string[] =>
  Object.keys(DIGESTS).filter((algorithm) => DIGESTS[algorithm]?.bytes === bytes);
const namesOf = (algorithms: readonly string[]): string => algorithms.map(nameOf).join(' or ');

const digestMarks = (algorithm: string): readonly Mark[] => {
  if (algorithm === 'md5') return [];
  const name = nameOf(algorithm);
  return [digest(`The digest is ${name} in place of MD5.`, `摘要算法是 ${name}，应为 MD5。`)];
};

/** The text's digest, and what people also take for it: the digest of a digest. */
const matchersOf = (algorithm: string, wanted: string): Matcher[] => {
  const marks = digestMarks(algorithm);
  const ofText = (text: string | Buffer, encoding: 'hex' | 'base64' = 'hex') => hash(algorithm, text, encoding);
  const twice = (name: string, zh: string, inner: (text: string | Buffer) => string | Buffer): Matcher => ({
    isOf: (text) => hash(algorithm, inner(text), 'hex') === wanted,
    marks: [digest(`The digest was made of ${name} and not of the text.`, `摘要是对${zh}做的，而不是对文本做的。`)],
    isRare: true,
  });
  return [
    { isOf: (text) => ofText(text) === wanted, marks },
    twice('the hex digits of the MD5', ' MD5 的十六进制文本', (text) => hash('md5', text)),
    twice('the upper-case hex digits of the MD5', ' MD5 的大写十六进制文本', (text) => hash('md5', text).toUpperCase()),
    twice('the bytes of the MD5', ' MD5 的字节', (text) => hash('md5', text, 'buffer')),
    twice('the Base64 of the MD5', ' MD5 的 Base64 文本', (text) => hash('md5', text, 'base64')),
    twice('the Base64 of the text', '文本的 Base64', (text) => Buffer.from(text as string).toString('base64')),
  ];
};

const hexOf = (bytes: Buffer): string => bytes.toString('hex');
const isHex = (text: string): boolean => /^[0-9a-f]+$/i.test(text);

/** Reads what was signed: which digest, in which form. */
export const readPayload = ({ payload, pss, marks }: Opened): Payload => {
  if (pss !== undefined) {
    const matchers = pss.map(({ algorithm, isOf }) => ({ isOf, marks: digestMarks(algorithm) }));
    return { form: `PSS (${namesOf(pss.map(({ algorithm }) => algorithm))})`, matchers, marks };
  }
  const bytes = payload ?? Buffer.alloc(0);
  const read = ofBytes(bytes) ?? ofText(bytes.toString('latin1'), bytes);
  return { ...read, marks: [...marks, ...read.marks] };
};

const ofBytes = (bytes: Buffer): Payload | null => {
  for (const [algorithm, { name, info }] of Object.entries(DIGESTS)) {
    const head = Buffer.from(info, 'hex');
    if (!bytes.subarray(0, head.length).equals(head)) continue;
    const form = algorithm === 'md5' ? 'digest-info' : `digest-info (${name})`;
    return { form, matchers: matchersOf(algorithm, hexOf(bytes.subarray(head.length))), marks: [] };
  }
  const algorithms = digestsOf(bytes.length);
  if (algorithms.length === 0 || isPrintable(bytes)) return null;
  const form = bytes.length === 16 ? 'raw' : `raw (${namesOf(algorithms)})`;
  return { form, matchers: algorithms.flatMap((algorithm) => matchersOf(algorithm, hexOf(bytes))), marks: [] };
};

const isPrintable = (bytes: Buffer): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

/** Another form of hex digits: its name, the digits of a text in it (null if it is none), and what is said of it. */
type Disguise = readonly [form: string, digitsIn: (text: string) => string | null, found: Mark];

const DISGUISES: readonly Disguise[] = [
  [
    'hex in UTF-16',
    (text) => (/^(?:\0[0-9a-f]|[0-9a-f]\0)+$/i.test(text) ? text.replaceAll('\0', '') : null),
    mark(
      'encoding',
      'Signature',
      'The digits of the digest were signed in UTF-16.',
      '摘要的十六进制文本按 UTF-16 签名了。',
    ),
  ],
  [
    'hex and more',
    (text) => text.replace(/[\s\0]+$/, ''),
    mark(
      'trailing-newline',
      'Signature',
      'A line feed or space was signed after the digits of the digest.',
      '摘要的十六进制文本后面多签了换行或空格。',
    ),
  ],
  [
    'hex with separators',
    (text) => text.replaceAll(/[-: ]/g, '').replace(/^0x/i, ''),
    digest(
      'The digits of the digest have separators (BitConverter.ToString).',
      '摘要的十六进制文本带分隔符（BitConverter.ToString）。',
    ),
  ],
  [
    'Base64 of the digest',
    (text) => {
      const decoded = Buffer.from(text, 'base64');
      return decoded.toString('base64') === text && digestsOf(decoded.length).length > 0 ? hexOf(decoded) : null;
    },
    digest('The Base64 of the digest was signed, not its hex digits.', '签的是摘要的 Base64，而不是十六进制文本。'),
  ],
];

const ofText = (text: string, bytes: Buffer): Payload => {
  if (isHex(text)) return ofHex(text);
  for (const [form, digitsIn, found] of DISGUISES) {
    const digits = digitsIn(text);
    if (digits === null || digits === text || !isHex(digits)) continue;
    const payload = ofHex(digits);
    return { ...payload, form, marks: [...payload.marks, found] };
  }
  const utf8 = bytes.toString('utf8');
  if (/\d{4}-\d{2}-\d{2}/.test(utf8)) {
    return {
      form: 'text',
      matchers: [{ isOf: (one) => Buffer.from(one as string).equals(bytes), marks: [] }],
      text: utf8,
      marks: [digest('The text itself was signed, without a digest.', '直接对文本做了签名，没有先求摘要。')],
    };
  }
  const says = [
    `The block holds ${bytes.length} bytes that are no digest.`,
    `签名中是 ${bytes.length} 个字节，不是摘要。`,
  ] as const;
  return { form: 'unknown', matchers: [], marks: [digest(...says)] };
};

const ofHex = (text: string): Payload => {
  const wanted = text.toLowerCase();
  const form = `${text.length} hex digits`;
  if (text.length === 16) {
    const isOf = (one: string | Buffer) => hash('md5', one).slice(8, 24) === wanted;
    const cut = digest('The digest was cut to 16 digits.', '摘要被截成了 16 位。');
    return { form, matchers: [{ isOf, marks: [] }], marks: [cut] };
  }
  if (text.length > 16 && text.length < 32) {
    const isOf = (one: string | Buffer) =>
      [...hash('md5', one, 'buffer')].map((byte) => byte.toString(16)).join('') === wanted;
    const lost = digest(
      'Zeros in the digits of the digest are missing (Integer.toHexString).',
      '摘要的十六进制文本丢了零（Integer.toHexString）。',
    );
    return { form, matchers: [{ isOf, marks: [] }], marks: [lost] };
  }
  const algorithms = digestsOf(text.length / 2);
  const matchers = algorithms.flatMap((algorithm) => matchersOf(algorithm, wanted));
  if (matchers.length === 0) {
    const says = [
      `${text.length} hex digits were signed, which no digest has.`,
      `签的是 ${text.length} 位十六进制文本，没有这样长的摘要。`,
    ] as const;
    return { form, matchers, marks: [digest(...says)] };
  }
  const ofWhat = text.length === 32 ? '' : ` (${namesOf(algorithms)})`;
  if (text === wanted) return { form: `hex${ofWhat}`, matchers, marks: [] };
  if (text === text.toUpperCase()) return { form: `HEX${ofWhat}`, matchers, marks: [] };
  const says = ['The hex digits of the digest are in both cases at once.', '摘要的十六进制文本大小写混用。'] as const;
  return { form: 'hex in both cases', matchers, marks: [digest(...says)] };
};
