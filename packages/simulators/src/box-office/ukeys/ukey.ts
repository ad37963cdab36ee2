import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CinemaKeyMaterial, parsePublicKey, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** RSA key sizes of a Ukey: 1024 bits as in the field, or 2048. */
export const UKEY_BITS = [1024, 2048] as const;
export type UkeyBits = (typeof UKEY_BITS)[number];

/** A signing key held in software. */
export type SoftwareUkey = {
  /** PEM, PKCS#8. */
  readonly privateKey: string;
  readonly startTime: WallClock;
};

/** A signing key in a `.pfx` file, which has to be unlocked before it signs. */
export type PfxUkey = {
  /** Its absolute path. */
  readonly pfx: string;
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  readonly startTime: WallClock;
};

/** A cinema's signing key, and the time from which it is in use. Scheme 5.1.2 and 5.1.5. */
export type Ukey = SoftwareUkey | PfxUkey;

/** Makes a new key with the public exponent 65537. Reading T2. */
export function makeUkey(startTime: WallClock, bits: UkeyBits = 1024): SoftwareUkey {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicExponent: 65_537,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKey, startTime };
}

/** What is handed to the national platform. */
export function publicPart(ukey: Ukey): CinemaKeyMaterial {
  return parsePublicKey('privateKey' in ukey ? spkiOf(ukey.privateKey) : ukey.publicKey);
}

/** The public half of a key in the form that a state file has it, checked for use as a Ukey. */
export function keptPublicKey(key: KeyObject): string {
  const { spki } = parsePublicKey(spkiOf(key));
  return spki;
}

function spkiOf(key: string | KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

const openKeys = new WeakMap<Ukey, KeyObject>();

/** From here on `openUkey` answers this for a Ukey in a `.pfx` file. */
export function rememberOpened(ukey: PfxUkey, key: KeyObject): void {
  openKeys.set(ukey, key);
}

/**
 * The key as ticket codes are made with it; reading its PEM takes longer than a signature.
 * @throws ExpectedError if it is in a `.pfx` file and was not unlocked.
 */
export function openUkey(ukey: Ukey): KeyObject {
  let key = openKeys.get(ukey);
  if (key === undefined) {
    if (!('privateKey' in ukey)) throw new ExpectedError('The Ukey is locked: it needs its password first.');
    key = createPrivateKey(ukey.privateKey);
    openKeys.set(ukey, key);
  }
  return key;
}
