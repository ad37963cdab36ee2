import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CinemaKeyMaterial, parsePublicKey, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** RSA key sizes of a Ukey: 1024 bits as in the field, or 2048. */
export const UKEY_BITS = [1024, 2048] as const;
export type UkeyBits = (typeof UKEY_BITS)[number];

/** A cinema's signing key, and the time from which it is in use. Scheme 5.1.2 and 5.1.5. */
export type Ukey = {
  readonly startTime: WallClock;
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** PEM, PKCS#8; absent for a key in a `.pfx` file, which has to be unlocked before it signs. */
  readonly privateKey?: string;
  /** The absolute path of that file. */
  readonly pfx?: string;
};

/** Makes a new key with the public exponent 65537. Reading T2. */
export function makeUkey(startTime: WallClock, bits: UkeyBits = 1024) {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: 65_537 });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { privateKey, publicKey: publicKeyOf(key), startTime };
}

export const publicPart = ({ publicKey }: Ukey): CinemaKeyMaterial => parsePublicKey(publicKey);

/** The public half of a key in the form that a state file has it, checked for use as a Ukey. */
export function publicKeyOf(key: KeyObject): string {
  return parsePublicKey(createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()).spki;
}

/** Keys as ticket codes are made with them: reading a PEM takes longer than a signature. */
export const openKeys = new WeakMap<Ukey, KeyObject>();

/** @throws ExpectedError if it is in a `.pfx` file and was not unlocked. */
export function openUkey(ukey: Ukey): KeyObject {
  const open = openKeys.get(ukey);
  if (open !== undefined) return open;
  if (ukey.privateKey === undefined) throw new ExpectedError('The Ukey is locked: it needs its password first.');
  const key = createPrivateKey(ukey.privateKey);
  openKeys.set(ukey, key);
  return key;
}
