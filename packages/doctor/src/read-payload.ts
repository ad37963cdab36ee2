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

type Payload = {
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

/** Those of that length. */
const digestsOf = (bytes: number): string[] =>
  Object.keys(DIGESTS).filter((algorithm) => DIGESTS[algorithm]?.bytes === bytes);
const namesOf = (algorithms: readonly string[]): string =>
  algorithms.map((algorithm) => DIGESTS[algorithm]?.name ?? algorithm).join(' or ');

const digestMarks = (algorithm: string): readonly Mark[] => {
  const name = namesOf([algorithm]);
  return name === 'MD5' ? [] : [digest(`The digest is ${name} in place of MD5.`, `摘要算法是 ${name}，应为 MD5。`)];
};

/** The text's digest, and what people also take for it: the digest of a digest. */
const matchersOf = (algorithm: string, wanted: string): Matcher[] => {
  const twice = (name: string, zh: string, inner: (text: string | Buffer) => string | Buffer): Matcher => ({
    isOf: (text) => hash(algorithm, inner(text)) === wanted,
    marks: [digest(`The digest was made of ${name} and not of the text.`, `摘要是对${zh}做的，而不是对文本做的。`)],
    isRare: true,
  });
  return [
    { isOf: (text) => hash(algorithm, text) === wanted, marks: digestMarks(algorithm) },
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
  const isPrintable = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (algorithms.length === 0 || isPrintable) return null;
  const form = bytes.length === 16 ? 'raw' : `raw (${namesOf(algorithms)})`;
  return { form, matchers: algorithms.flatMap((algorithm) => matchersOf(algorithm, hexOf(bytes))), marks: [] };
};

/** Another form of hex digits: the digits of a text in it (null if it is none), and what is said of it. */
type Disguise = {
  readonly form: string;
  readonly code: Mark['code'];
  readonly digitsIn: (text: string) => string | null;
  readonly says: readonly [en: string, zh: string];
};

const DISGUISES: readonly Disguise[] = [
  {
    form: 'hex in UTF-16',
    code: 'encoding',
    digitsIn: (text) => (/^(?:\0[0-9a-f]|[0-9a-f]\0)+$/i.test(text) ? text.replaceAll('\0', '') : null),
    says: ['The digits of the digest were signed in UTF-16.', '摘要的十六进制文本按 UTF-16 签名了。'],
  },
  {
    form: 'hex and more',
    code: 'trailing-newline',
    digitsIn: (text) => text.replace(/[\s\0]+$/, ''),
    says: ['White space was signed after the digits of the digest.', '摘要的十六进制文本后面多签了换行或空格。'],
  },
  {
    form: 'hex with separators',
    code: 'digest',
    digitsIn: (text) => text.replaceAll(/[-: ]/g, '').replace(/^0x/i, ''),
    says: ['The digits have separators (BitConverter.ToString).', '十六进制文本带分隔符（BitConverter.ToString）。'],
  },
  {
    form: 'Base64 of the digest',
    code: 'digest',
    digitsIn(text) {
      const decoded = Buffer.from(text, 'base64');
      return decoded.toString('base64') === text && digestsOf(decoded.length).length > 0 ? hexOf(decoded) : null;
    },
    says: ['The Base64 of the digest was signed, not its hex digits.', '签的是摘要的 Base64，而不是十六进制文本。'],
  },
];

const ofText = (text: string, bytes: Buffer): Payload => {
  if (isHex(text)) return ofHex(text);
  for (const { form, code, digitsIn, says } of DISGUISES) {
    const digits = digitsIn(text);
    if (digits === null || digits === text || !isHex(digits)) continue;
    const payload = ofHex(digits);
    return { ...payload, form, marks: [...payload.marks, mark(code, 'Signature', ...says)] };
  }
  const utf8 = bytes.toString('utf8');
  if (!/\d{4}-\d{2}-\d{2}/.test(utf8)) return noDigest('unknown', `${bytes.length} bytes`, `${bytes.length} 个字节`);
  return {
    form: 'text',
    matchers: [{ isOf: (one) => Buffer.from(one as string).equals(bytes), marks: [] }],
    text: utf8,
    marks: [digest('The text itself was signed, without a digest.', '直接对文本做了签名，没有先求摘要。')],
  };
};

const noDigest = (form: string, holds: string, zh: string): Payload => ({
  ...{ form, matchers: [] },
  marks: [digest(`The block holds ${holds} that are no digest.`, `签名中是 ${zh}，不是摘要。`)],
});

const ofHex = (text: string): Payload => {
  const wanted = text.toLowerCase();
  const form = `${text.length} hex digits`;
  const ofMd5 = (digitsOf: (md5: Buffer) => string, en: string, zh: string): Payload => ({
    matchers: [{ isOf: (one) => digitsOf(hash('md5', one, 'buffer')) === wanted, marks: [] }],
    ...{ form, marks: [digest(en, zh)] },
  });
  if (text.length === 16)
    return ofMd5((md5) => hexOf(md5.subarray(4, 12)), 'The digest was cut to 16 digits.', '摘要被截成了 16 位。');
  if (text.length > 16 && text.length < 32) {
    const digitsOf = (md5: Buffer) => [...md5].map((byte) => byte.toString(16)).join('');
    return ofMd5(digitsOf, 'Zeros of the digits are missing (Integer.toHexString).', '丢了零（Integer.toHexString）。');
  }
  const algorithms = digestsOf(text.length / 2);
  if (algorithms.length === 0) return noDigest(form, form, `${text.length} 位十六进制文本`);
  const matchers = algorithms.flatMap((algorithm) => matchersOf(algorithm, wanted));
  const ofWhat = text.length === 32 ? '' : ` (${namesOf(algorithms)})`;
  if (text === wanted) return { form: `hex${ofWhat}`, matchers, marks: [] };
  if (text === text.toUpperCase()) return { form: `HEX${ofWhat}`, matchers, marks: [] };
  const says = ['The hex digits of the digest are in both cases at once.', '摘要的十六进制文本大小写混用。'] as const;
  return { form: 'hex in both cases', matchers, marks: [digest(...says)] };
};
