import { generateKeyPairSync } from 'node:crypto';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';

/** The public half of a new Ukey (RSA-1024, as in the field) that starts at a wall clock time. */
export function newUkey(startTime: string): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const material = parsePublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  return { ...material, startTime: parseWallClock(startTime) };
}
