import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';

/** The public half of a new Ukey (RSA-1024, as in the field) that starts at a wall clock time. */
export function newUkey(startTime: string): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const material = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return { ...material, startTime: parseWallClock(startTime) };
}

/** A key that everyone can factor: its modulus is a power of 3. */
export function weakSpki(): string {
  const n = Buffer.from((3n ** 647n).toString(16).padStart(258, '0'), 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}
