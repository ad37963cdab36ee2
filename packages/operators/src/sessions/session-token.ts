import { createHash, randomBytes } from 'node:crypto';

/** A token of 256 random bits, for a browser to keep. */
export const makeToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a token: it is random, so that a plain hash does not give it away. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
