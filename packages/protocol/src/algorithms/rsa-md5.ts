import { hash, type KeyObject } from 'node:crypto';
import { openBlock, type PublicOperation, sealBlock } from '../rsa/rsa-public-key.ts';
import { decodeCanonicalBase64 } from '../text.ts';
import {
  generateRsaKeyPair,
  judgeRsaPrivateKey,
  readRsaAccountKey,
  readRsaPrivateKey,
  rsaBits,
  rsaDecoy,
} from './rsa-account-keys.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/**
 * What the RSA block of a signature holds: 32 hex digits of the MD5, its 16 bytes, or a DER DigestInfo (MD5withRSA).
 * Reading E3.
 */
const FORMS = ['hex', 'raw', 'digest-info'] as const;

// DER of DigestInfo { md5, NULL } up to the digest.
const MD5_DIGEST_INFO = Buffer.from('3020300c06082a864886f70d020505000410', 'hex');

const md5 = (text: string): string => hash('md5', text, 'hex');

/** The bytes that the private key encrypts for a text. */
const payloadOf = (text: string, form: string): Buffer => {
  const digest = md5(text);
  switch (form) {
    case 'hex':
      return Buffer.from(digest, 'latin1');
    case 'raw':
      return Buffer.from(digest, 'hex');
    case 'digest-info':
      return Buffer.concat([MD5_DIGEST_INFO, Buffer.from(digest, 'hex')]);
    default:
      throw new TypeError(`rsa-md5 does not sign in the form ${form}`);
  }
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
 * Recovers what the private half of a key put into a signature; null if another key made it. A block as long as the
 * modulus costs one public operation whatever its content: OpenSSL would refuse one not smaller than the modulus at once,
 * so it is reduced first. Otherwise the time would tell real accounts from others. Reading E9.
 */
const recoverPayload = (block: Buffer, publicKey: KeyObject, operation?: PublicOperation): Buffer | null => {
  const modulus = modulusOf(publicKey);
  const tooLarge = block.length === modulus.length && block.compare(modulus) >= 0;
  const payload = openBlock(tooLarge ? smaller(block) : block, publicKey, operation);
  return tooLarge ? null : payload;
};

/** The same block without its first bit: less than every modulus that has as many bits. */
const smaller = (block: Buffer): Buffer => {
  const reduced = Buffer.from(block);
  reduced.writeUInt8(reduced.readUInt8(0) & 0x7f, 0);
  return reduced;
};

/**
 * The signature of the scheme: an MD5 digest, RSA-encrypted with the private key, in Base64. Verifying takes one public
 * operation (which tests count), however many texts there are. Scheme 6.5.2.5, 7.5.2.5; reading E3.
 */
export const rsaMd5 = (operation?: PublicOperation): SignatureAlgorithm => ({
  name: 'rsa-md5',
  module: import.meta.url,
  forms: FORMS,
  generateKeyPair: generateRsaKeyPair,
  readPublicKey: readRsaAccountKey,
  readPrivateKey: readRsaPrivateKey,
  judgePrivateKey: judgeRsaPrivateKey,
  keyBits: rsaBits,
  signatureLength: (publicKey) => rsaBits(publicKey) / 8,
  decoy: rsaDecoy,
  sign: (text, privateKey, form = FORMS[0]) => sealBlock(payloadOf(text, form), privateKey).toString('base64'),
  // MIME encoders break Base64 into lines.
  readSignature: (signature) => decodeCanonicalBase64(signature.replace(/[\r\n]+/g, '')),
  verify(texts, signature, publicKey) {
    const payload = recoverPayload(signature, publicKey, operation);
    const digest = payload === null ? null : digestOf(payload);
    if (digest === null) return false;
    for (const text of texts) if (md5(text) === digest) return true;
    return false;
  },
});

/** The algorithm that the scheme prescribes (6.5.2.5): meant wherever no other is named. */
export const algorithm: SignatureAlgorithm = rsaMd5();
