import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { parsePublicKey, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '../expected-error.ts';

/** The public half of a key pair with which a caller signs. */
export type AccountKey = {
  readonly publicKey: KeyObject;
  /** Base64 of the DER SubjectPublicKeyInfo, one line. */
  readonly spki: string;
  /** Length of the modulus; asking the KeyObject for it takes a microsecond. */
  readonly bytes: number;
  readonly addedAt: WallClock;
};

export const LEAST_KEY_BYTES = 2048 / 8;
export const MOST_KEY_BYTES = 4096 / 8;
const EXPONENT = 65_537n;

/**
 * Reads the public key of a caller, in any of the forms in which a cinema's key may come, and answers its spki. RSA with
 * 2048 to 4096 bits, whole bytes, and the exponent 65537: what a refusal costs then depends on the length of the
 * Signature alone (reading E9).
 *
 * @throws ExpectedError where the text is no such key.
 */
export function parseAccountKey(text: string): string {
  const { key, spki, modulusLength } = readKey(text);
  const { modulusLength: bits = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < LEAST_KEY_BYTES || modulusLength > MOST_KEY_BYTES || bits % 8 !== 0) {
    throw new ExpectedError(
      `The public key has ${bits} bits; an account's key has 2048 to 4096, a multiple of 8 (2048 is enough).`,
    );
  }
  if (publicExponent !== EXPONENT) {
    throw new ExpectedError(`The public key has the exponent ${publicExponent}; an account's key has 65537.`);
  }
  return spki;
}

function readKey(text: string) {
  try {
    return parsePublicKey(text);
  } catch (error) {
    throw new ExpectedError(`The public key cannot be used: it ${error instanceof Error ? error.message : error}.`);
  }
}

/** SHA-256 of the DER SubjectPublicKeyInfo in hex, as `openssl pkey -pubin -outform DER | sha256sum` prints it. */
export function fingerprintOf(spki: string): string {
  return createHash('sha256').update(Buffer.from(spki, 'base64')).digest('hex');
}

export function publicKeyOf(spki: string): KeyObject {
  return createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
}
