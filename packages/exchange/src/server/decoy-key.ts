import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { LEAST_KEY_BYTES, MOST_KEY_BYTES } from '../accounts/account-key.ts';

const made = new Map<number, KeyObject>();

/**
 * A public key of the given length in bytes whose private half does not exist. Verifying with it costs as much as with a
 * real key of that length, so that a refusal does not show which accounts exist. Null for a length that no account's key
 * can have. Reading E9.
 */
export function decoyKey(bytes: number): KeyObject | null {
  if (bytes < LEAST_KEY_BYTES || bytes > MOST_KEY_BYTES) return null;
  const kept = made.get(bytes);
  if (kept !== undefined) return kept;
  const modulus = randomBytes(bytes);
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0);
  modulus.writeUInt8(modulus.readUInt8(bytes - 1) | 1, bytes - 1);
  const key = createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }, format: 'jwk' });
  made.set(bytes, key);
  return key;
}
