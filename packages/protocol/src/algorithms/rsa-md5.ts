import { createPublicKey, generateKeyPair, hash, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { NO_RSA_KEY, openBlock, type PublicOperation, readRsaPublicKey, sealBlock } from '../rsa/rsa-public-key.ts';
import { asSm2PrivateKey, readSm2PublicKey } from '../sm2/sm2-keys.ts';
import { decodeCanonicalBase64 } from '../text.ts';
import { KeyRefusal, readPrivatePem, type SignatureAlgorithm } from './signature-algorithm.ts';

const generate = promisify(generateKeyPair);

const LEAST_BYTES = 2048 / 8;
const MAX_BYTES = 4096 / 8;
const EXPONENT = 65_537n;
// Foreign platforms hand out such private keys, so they are taken.
const LEAST_PRIVATE_BITS = 1024;
/** Below this somebody else may one day sign in our name. */
const ADVISED_PRIVATE_BITS = 2048;

const NEEDS_SM2 = 'is an SM2 key, but the algorithm is rsa-md5, which needs an RSA key; the other one is sm2-sm3.';

const keyBits = (key: KeyObject): number => key.asymmetricKeyDetails?.modulusLength ?? 0;

/**
 * Reads the public key of an account, in any form that a cinema's key may have. RSA with 2048 to 4096 bits, whole bytes,
 * and the exponent 65537: so the cost of a refusal depends only on the length of the Signature (reading E9).
 * @throws KeyRefusal if the text is no such key.
 */
const readPublicKey = (text: string): KeyObject => {
  const key = readKey(text);
  const bits = keyBits(key);
  if (bits < LEAST_BYTES * 8 || bits > MAX_BYTES * 8 || bits % 8 !== 0) {
    throw new KeyRefusal(
      `The public key has ${bits} bits; an account's key has 2048 to 4096, a multiple of 8 (2048 is enough).`,
    );
  }
  const { publicExponent } = key.asymmetricKeyDetails ?? {};
  if (publicExponent !== EXPONENT) {
    throw new KeyRefusal(`The public key has the exponent ${publicExponent}; an account's key has 65537.`);
  }
  return key;
};

const readKey = (text: string): KeyObject => {
  try {
    const read = readRsaPublicKey(text);
    if (read !== null) return read.key;
  } catch (error) {
    throw new KeyRefusal(`The public key cannot be used: it ${error instanceof Error ? error.message : error}.`);
  }
  if (readSm2PublicKey(text) !== null) throw new KeyRefusal(`The public key ${NEEDS_SM2}`);
  throw new KeyRefusal(`The public key cannot be used: it ${NO_RSA_KEY}.`);
};

/** Reads an RSA private key, PKCS#8 or PKCS#1. @throws KeyRefusal if it is malformed. */
const readPrivateKey = (pem: string): KeyObject => {
  const key = readPrivatePem(pem);
  if (key.asymmetricKeyType === 'rsa') return key;
  if (asSm2PrivateKey(key) !== null) throw new KeyRefusal(`The private key ${NEEDS_SM2}`);
  throw new KeyRefusal(`The private key is of type ${key.asymmetricKeyType}, not RSA.`);
};

/** Returns a warning for a key of less than 2048 bits; null for a longer one. @throws KeyRefusal below 1024 bits. */
const judgePrivateKey = (privateKey: KeyObject): string | null => {
  const bits = keyBits(privateKey);
  if (bits < LEAST_PRIVATE_BITS) {
    throw new KeyRefusal(
      `The private key has ${bits} bits, which anybody can break: it needs at least ${LEAST_PRIVATE_BITS}. Ask the platform above for another one.`,
    );
  }
  if (bits >= ADVISED_PRIVATE_BITS) return null;
  return `The private key has only ${bits} bits. Ask the platform above for one of at least ${ADVISED_PRIVATE_BITS}.`;
};

const decoys = new Map<number, KeyObject>();

/** A public key with a modulus of the given length in bytes, made up at random; null for a length that no account's has. */
const decoy = (bytes: number): KeyObject | null => {
  if (bytes < LEAST_BYTES || bytes > MAX_BYTES) return null;
  const kept = decoys.get(bytes);
  if (kept !== undefined) return kept;
  const modulus = randomBytes(bytes);
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0);
  modulus.writeUInt8(modulus.readUInt8(bytes - 1) | 1, bytes - 1);
  const key = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
  decoys.set(bytes, key);
  return key;
};

/** What the RSA block of a signature holds: 32 hex digits of the MD5, its 16 bytes, or a DER DigestInfo (MD5withRSA). E3. */
const FORMS = ['hex', 'raw', 'digest-info'] as const;

// DER of DigestInfo { md5, NULL } up to the digest.
const MD5_DIGEST_INFO = Buffer.from('3020300c06082a864886f70d020505000410', 'hex');

const md5 = (text: string): string => hash('md5', text, 'hex');

/** The bytes that the private key encrypts for a text. */
const payloadOf = (text: string, form: string): Buffer => {
  const digest = md5(text);
  if (form === 'hex') return Buffer.from(digest, 'latin1');
  if (form === 'raw') return Buffer.from(digest, 'hex');
  if (form === 'digest-info') return Buffer.concat([MD5_DIGEST_INFO, Buffer.from(digest, 'hex')]);
  throw new TypeError(`rsa-md5 does not sign in the form ${form}`);
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

/** The signature of the scheme: an MD5 digest, RSA-encrypted, in Base64. Verifying takes one public operation, however many texts. 6.5.2.5; E3. */
export const rsaMd5 = (operation?: PublicOperation): SignatureAlgorithm => ({
  name: 'rsa-md5',
  module: import.meta.url,
  forms: FORMS,
  generateKeyPair: () => generate('rsa', { modulusLength: 2048 }),
  readPublicKey,
  readPrivateKey,
  judgePrivateKey,
  keyBits,
  signatureLength: (publicKey) => keyBits(publicKey) / 8,
  decoy,
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
