import { constants, hash, type KeyObject, publicDecrypt } from 'node:crypto';
import { type Mark, mark } from './mistakes.ts';

/** What the private half of a key put into a signature, as far as it shows. */
export type Opened = {
  /** The bytes in the block; null in a PSS block, which has a hash of the digest in their place. */
  readonly payload: Buffer | null;
  /** The digests that a PSS block may contain, the right one among them: each says whether it is of a text. */
  readonly pss?: readonly { readonly algorithm: string; readonly isOf: (text: string | Buffer) => boolean }[];
  readonly marks: readonly Mark[];
};

type Reading = { readonly bytes: Buffer; readonly marks: readonly Mark[] };

const misspelled = (bytes: Buffer, en: string, zh: string, code: Mark['code'] = 'base64'): Reading => ({
  bytes,
  marks: [mark(code, 'Signature', en, zh)],
});

const isCanonical = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;
const isHex = (text: string): boolean => /^(?:[0-9a-f]{2})+$/i.test(text);

const PERCENT = /%(?:2B|2F|3D|0A|0D)/gi;

/** Every way in which the characters of a Signature can spell bytes, the right one first. */
export function* readingsOf(signature: string, length: number): Generator<Reading> {
  const text = signature.replace(/[\r\n]+/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (isCanonical(text)) yield { bytes, marks: [] };
  if (isHex(text) && text.length === length * 2)
    yield misspelled(Buffer.from(text, 'hex'), 'The Signature is written in hex.', 'Signature 写成了十六进制。');
  const plus = text.replaceAll(' ', '+');
  if (plus !== text && isCanonical(plus)) {
    const says = ['Each + of the Signature became a space.', 'Signature 中的 + 变成了空格。'] as const;
    yield misspelled(Buffer.from(plus, 'base64'), ...says, 'plus-sign');
  }
  const decoded = text.replace(PERCENT, decodeURIComponent).replace(/[\r\n]+/g, '');
  if (decoded !== text) {
    const en = 'The Signature was encoded for a URL (%2B, %2F, %3D).';
    yield misspelled(Buffer.from(decoded, 'base64'), en, 'Signature 经过了 URL 编码（%2B、%2F、%3D）。');
  }
  const why = isCanonical(text) ? null : nonCanonical(text);
  if (why !== null) yield misspelled(bytes, ...why);
  if (bytes.length === length) {
    const en = 'The bytes of the signature are in reverse order.';
    yield misspelled(Buffer.from(bytes).reverse(), en, '签名的字节顺序是反的。');
  }
  const inner = bytes.toString('latin1').trim();
  if (isHex(inner) && inner.length === length * 2) {
    const en = 'The Base64 holds hex digits of the signature and not its bytes.';
    yield misspelled(Buffer.from(inner, 'hex'), en, 'Base64 里是签名的十六进制文本，而不是签名的字节。');
  } else if (isCanonical(inner) && inner.length > length) {
    const says = ['The signature was encoded in Base64 twice.', '签名做了两次 Base64 编码。'] as const;
    yield misspelled(Buffer.from(inner, 'base64'), ...says);
  }
  const missing = length - bytes.length;
  if (missing !== 0 && Math.abs(missing) < 4) {
    const whole = Buffer.concat([Buffer.alloc(Math.max(0, missing)), bytes]).subarray(-length);
    const en = 'The signature has zero bytes too many or too few in front (BigInteger).';
    yield misspelled(whole, en, '签名前面的零字节多了或少了（BigInteger）。');
  }
}

/** Why a text that Base64 decoders take is not the one spelling that is accepted; null where it is no Base64 at all. */
function nonCanonical(text: string): readonly [string, string] | null {
  if (/[^A-Za-z0-9+/=_\s-]/.test(text)) return null;
  if (/[-_]/.test(text))
    return ['The Signature is in URL-safe Base64 (- and _).', 'Signature 用了 URL 安全的 Base64（- 和 _）。'];
  if (/\s/.test(text)) return ['The Signature has white space in it.', 'Signature 中有空白字符。'];
  if (text.length % 4 !== 0)
    return [
      'The = at the end of the Signature are missing, or characters were lost.',
      'Signature 末尾缺少 =，或丢失了字符。',
    ];
  return ['The last character of the Base64 has bits that are not zero.', 'Base64 最后一个字符有不为零的多余位。'];
}

const padded = (payload: Buffer | null, en: string, zh: string): Opened => ({
  payload,
  marks: [mark('padding', 'Signature', en, zh)],
});

/** Opens a signature; null where the block has no structure, so that another key made it or nobody signed. */
export const openSignature = (signature: Buffer, key: KeyObject): Opened | null => {
  let block: Buffer;
  try {
    block = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return null;
  }
  const end = block.indexOf(0, 2);
  if (block[0] === 0 && (block[1] === 1 || block[1] === 2) && end >= 10) {
    const payload = block.subarray(end + 1);
    if (block[1] === 2)
      return padded(payload, 'The block has padding of type 2, which is for encryption.', '填充是类型 2（用于加密）。');
    if (block.subarray(2, end).every((byte) => byte === 0xff)) return { payload, marks: [] };
  }
  return readOaep(block) ?? readPss(block) ?? readUnpadded(block);
};

const HASHES = ['sha1', 'sha256', 'md5', 'sha384', 'sha512'] as const;
const digestOf = (algorithm: string, data: Buffer): Buffer => hash(algorithm, data, 'buffer');

/** MGF1. RFC 8017, B.2.1. */
const unmasked = (masked: Buffer, seed: Buffer, algorithm: string): Buffer => {
  let mask = Buffer.alloc(0);
  for (let counter = 0; mask.length < masked.length; counter += 1)
    mask = Buffer.concat([mask, digestOf(algorithm, Buffer.concat([seed, Buffer.from([0, 0, 0, counter])]))]);
  return Buffer.from(masked.map((byte, place) => byte ^ (mask[place] ?? 0)));
};

/** RFC 8017, 7.1.2. */
const readOaep = (block: Buffer): Opened | null => {
  if (block[0] !== 0) return null;
  for (const label of HASHES) {
    const empty = digestOf(label, Buffer.alloc(0));
    for (const algorithm of new Set([label, 'sha1'])) {
      const [seed, rest] = [block.subarray(1, 1 + empty.length), block.subarray(1 + empty.length)];
      if (rest.length <= empty.length) continue;
      const data = unmasked(rest, unmasked(seed, rest, algorithm), algorithm);
      if (!data.subarray(0, empty.length).equals(empty)) continue;
      const payload = data.subarray(data.indexOf(1, empty.length) + 1);
      return padded(payload, 'The block has OAEP padding, which is for encryption.', '填充是 OAEP（用于加密）。');
    }
  }
  return null;
};

/** RFC 8017, 9.1.2. */
const readPss = (block: Buffer): Opened | null => {
  if (block.at(-1) !== 0xbc) return null;
  const pss = HASHES.flatMap((algorithm) => {
    const { length } = digestOf(algorithm, Buffer.alloc(0));
    const [masked, hashed] = [block.subarray(0, -length - 1), block.subarray(-length - 1, -1)];
    const data = unmasked(masked, hashed, algorithm);
    data.writeUInt8(data.readUInt8(0) & 0x7f, 0);
    const one = data.findIndex((byte) => byte !== 0);
    if (data[one] !== 1) return [];
    const salt = data.subarray(one + 1);
    const isOf = (text: string | Buffer) =>
      digestOf(algorithm, Buffer.concat([Buffer.alloc(8), hash(algorithm, text, 'buffer'), salt])).equals(hashed);
    return [{ algorithm, isOf }];
  });
  if (pss.length === 0) return null;
  return { ...padded(null, 'The block has PSS padding.', '填充是 PSS。'), pss };
};

/** Without the shortest a Signature of 1 opens under every key. */
const UNPADDED = { shortest: 16, longest: 128 };

const readUnpadded = (block: Buffer): Opened | null => {
  const first = block.findIndex((byte) => byte !== 0);
  const payload = block.subarray(Math.max(first, 0));
  if (first < 16 || payload.length < UNPADDED.shortest || payload.length > UNPADDED.longest) return null;
  return padded(payload, 'The block has no padding (RSA/ECB/NoPadding).', '没有填充（RSA/ECB/NoPadding）。');
};
