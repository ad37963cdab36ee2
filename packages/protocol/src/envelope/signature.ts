import { hash, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';
import { decodeCanonicalBase64 } from '../base64.ts';
import type { Envelope } from './read-envelope.ts';
import { withoutWhiteSpace } from './scan-json.ts';

/**
 * What the RSA block of a signature holds: 32 hex digits of the MD5, its 16 bytes, or a DER DigestInfo (MD5withRSA).
 * Reading E3.
 */
export const PAYLOAD_FORMS = ['hex', 'raw', 'digest-info'] as const;
export type PayloadForm = (typeof PAYLOAD_FORMS)[number];

/** The five signed elements, QueryData as text. */
export type SignedParts = Pick<Envelope, 'version' | 'datetime' | 'username' | 'api' | 'queryText'>;

// DER of DigestInfo { md5, NULL } up to the digest.
const MD5_DIGEST_INFO = Buffer.from('3020300c06082a864886f70d020505000410', 'hex');

/** The text under a signature: the five elements, nothing between them. Scheme 6.5.2.5; reading E2. */
export const signedText = ({ version, datetime, username, api, queryText }: SignedParts): string =>
  version + datetime + username + api + queryText;

/** The bytes that the private key encrypts for a text. Scheme 6.5.2.5; reading E3. */
export const signaturePayload = (text: string, form: PayloadForm): Buffer => {
  const hex = hash('md5', text, 'hex');
  switch (form) {
    case 'hex':
      return Buffer.from(hex, 'latin1');
    case 'raw':
      return Buffer.from(hex, 'hex');
    case 'digest-info':
      return Buffer.concat([MD5_DIGEST_INFO, Buffer.from(hex, 'hex')]);
  }
};

/** Signs a text; the answer is one line of Base64. Scheme 6.5.2.5; reading E3. */
export const sign = (text: string, privateKey: KeyObject, form: PayloadForm = 'hex'): string =>
  privateEncrypt(privateKey, signaturePayload(text, form)).toString('base64');

/** The RSA block that a Signature spells; null when it is not Base64. Reading E3. */
export const signatureBlock = (signature: string): Buffer | null =>
  // MIME encoders break Base64 into lines.
  decodeCanonicalBase64(signature.replace(/[\r\n]+/g, ''));

type PublicOperation = (key: KeyObject, block: Buffer) => Buffer;

// Exporting a key costs as much as using it.
const moduli = new WeakMap<KeyObject, Buffer>();

const modulusOf = (publicKey: KeyObject): Buffer => {
  const kept = moduli.get(publicKey);
  if (kept !== undefined) return kept;
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
  moduli.set(publicKey, modulus);
  return modulus;
};

/**
 * What the private half of a key has put into a block; null when it was another key.
 *
 * A block as long as the modulus costs one public operation whatever stands in it: one that is no smaller than the
 * modulus, which OpenSSL would turn away at once, is made smaller first, and is null all the same. Otherwise its cost
 * would tell moduli apart, and with them real accounts from others. Reading E9.
 *
 * @param operation takes a block back to its payload and throws where the padding is wrong; tests count it
 */
export const recoverPayload = (
  block: Buffer,
  publicKey: KeyObject,
  operation: PublicOperation = publicDecrypt,
): Buffer | null => {
  const modulus = modulusOf(publicKey);
  const tooLarge = block.length === modulus.length && block.compare(modulus) >= 0;
  try {
    const payload = operation(publicKey, tooLarge ? smaller(block) : block);
    return tooLarge ? null : payload;
  } catch {
    return null;
  }
};

/** The same block without its first bit: less than every modulus that has as many bits. */
const smaller = (block: Buffer): Buffer => {
  const reduced = Buffer.from(block);
  reduced.writeUInt8(reduced.readUInt8(0) & 0x7f, 0);
  return reduced;
};

/** The digest that a payload holds, as lower-case hex; null when the payload has none of the three forms. */
const digestOf = (payload: Buffer): string | null => {
  if (payload.length === 16) return payload.toString('hex');
  if (payload.length === 32) {
    const text = payload.toString('latin1');
    return /^(?:[0-9a-f]{32}|[0-9A-F]{32})$/.test(text) ? text.toLowerCase() : null;
  }
  const { length } = MD5_DIGEST_INFO;
  if (payload.length !== length + 16 || !payload.subarray(0, length).equals(MD5_DIGEST_INFO)) return null;
  return payload.toString('hex', length);
};

/**
 * Says whether the envelope's Signature was made over its five elements with the private half of a key: over QueryData
 * exactly as received or, failing that, without the white space between its tokens, and in no other spelling.
 * Scheme 6.5.2.5; readings E2 and E3.
 */
export const verifySignature = (envelope: Envelope, publicKey: KeyObject): boolean => {
  const block = signatureBlock(envelope.signature);
  return block !== null && verifyPayload(envelope, recoverPayload(block, publicKey));
};

/** The second half of `verifySignature`, for a payload that was recovered from the Signature's block elsewhere. */
export const verifyPayload = (envelope: SignedParts, payload: Buffer | null): boolean => {
  const digest = payload === null ? null : digestOf(payload);
  if (digest === null) return false;
  if (digest === hash('md5', signedText(envelope), 'hex')) return true;
  const queryText = withoutWhiteSpace(envelope.queryText);
  if (queryText === envelope.queryText) return false;
  const { version, datetime, username, api } = envelope;
  return digest === hash('md5', signedText({ version, datetime, username, api, queryText }), 'hex');
};
