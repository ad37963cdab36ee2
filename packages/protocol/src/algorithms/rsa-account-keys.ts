import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { NO_RSA_KEY, readRsaPublicKey } from '../rsa/rsa-public-key.ts';
import { asSm2PrivateKey, readSm2PublicKey } from '../sm2/sm2-keys.ts';
import { type KeyPair, KeyRefusal } from './signature-algorithm.ts';

const generate = promisify(generateKeyPair);

const LEAST_BYTES = 2048 / 8;
const MAX_BYTES = 4096 / 8;
const EXPONENT = 65_537n;
// Foreign platforms hand out such private keys, so they are taken.
const LEAST_PRIVATE_BITS = 1024;
/** Below this somebody else may one day sign in our name. */
const ADVISED_PRIVATE_BITS = 2048;

const NEEDS_SM2 = 'is an SM2 key, but the algorithm is rsa-md5, which needs an RSA key; the other one is sm2-sm3.';

export const generateRsaKeyPair = (): Promise<KeyPair> => generate('rsa', { modulusLength: 2048 });

export const rsaBits = (key: KeyObject): number => key.asymmetricKeyDetails?.modulusLength ?? 0;

/**
 * Reads the public key of an account, in any form that a cinema's key may have. RSA with 2048 to 4096 bits, whole bytes,
 * and the exponent 65537: so the cost of a refusal depends only on the length of the Signature (reading E9).
 * @throws KeyRefusal if the text is no such key.
 */
export const readRsaAccountKey = (text: string): KeyObject => {
  const key = readKey(text);
  const bits = rsaBits(key);
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
export const readRsaPrivateKey = (pem: string): KeyObject => {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new KeyRefusal('The private key is no unencrypted PEM private key.');
  }
  if (key.asymmetricKeyType === 'rsa') return key;
  if (asSm2PrivateKey(key) !== null) throw new KeyRefusal(`The private key ${NEEDS_SM2}`);
  throw new KeyRefusal(`The private key is of type ${key.asymmetricKeyType}, not RSA.`);
};

/** Returns a warning for a key of less than 2048 bits; null for a longer one. @throws KeyRefusal below 1024 bits. */
export const judgeRsaPrivateKey = (privateKey: KeyObject): string | null => {
  const bits = rsaBits(privateKey);
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
export const rsaDecoy = (bytes: number): KeyObject | null => {
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
