import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CinemaKeyMaterial, ProtocolError, parsePublicKey, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** RSA key sizes of a Ukey: 1024 bits as in the field, or 2048. */
export const UKEY_BITS = [1024, 2048] as const;
export type UkeyBits = (typeof UKEY_BITS)[number];

/** A cinema's signing key held in software, and the time from which it is in use. Scheme 5.1.2 and 5.1.5. */
export type Ukey = {
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  readonly startTime: WallClock;
};

/** Makes a new key with the public exponent 65537. Reading T2. */
export function makeUkey(startTime: WallClock, bits: UkeyBits = 1024): Ukey {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicExponent: 65_537,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKey, startTime };
}

/**
 * Takes over a key that exists already, in any PEM form that OpenSSL reads.
 * @throws ExpectedError where it is no RSA key of 1024 bits or more with an exponent of at least 65537.
 */
export function takeUkey(pem: string, startTime: WallClock): Ukey {
  try {
    const key = createPrivateKey(pem);
    const ukey = { privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), startTime };
    publicPart(ukey);
    return ukey;
  } catch (error) {
    const reason = error instanceof ProtocolError ? error.message : 'no private key in PEM form';
    throw new ExpectedError(`The key cannot be used as a Ukey: ${reason}.`, { cause: error });
  }
}

/** What is handed to the national platform. */
export function publicPart(ukey: Ukey): CinemaKeyMaterial {
  const spki = createPublicKey(ukey.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return parsePublicKey(spki);
}

const openKeys = new WeakMap<Ukey, KeyObject>();

/** The key as node:crypto uses it; reading its PEM takes longer than a signature. */
export function openUkey(ukey: Ukey): KeyObject {
  let key = openKeys.get(ukey);
  if (key === undefined) {
    key = createPrivateKey(ukey.privateKey);
    openKeys.set(ukey, key);
  }
  return key;
}
