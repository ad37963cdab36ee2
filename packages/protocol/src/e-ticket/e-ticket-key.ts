import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { ProtocolError } from '../errors.ts';
import { decodeCanonicalBase64 } from '../text.ts';
import type { WallClock } from '../time.ts';
import type { ETicketText } from './e-ticket-text.ts';

/** A key that a platform signs e-tickets with, as it publishes it. Reading C5. */
export type ETicketKey = {
  readonly keyId: string;
  /** An Ed25519 key. */
  readonly publicKey: KeyObject;
  /** From when on it signs. */
  readonly validFrom: WallClock;
  /** Until when its e-tickets are accepted, which is ten minutes longer than it signs. */
  readonly validUntil: WallClock;
  readonly revokedAt: WallClock | null;
};

const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;

/** The 32 bytes of an Ed25519 key's public half. */
const rawPublicKey = (key: KeyObject): Buffer => {
  const { crv, x } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('e-tickets are signed with Ed25519');
  return Buffer.from(x, 'base64url');
};

/** The name of a key in e-tickets: the first 8 bytes of the SHA-256 of its public half, in base64url. Reading C5. */
export const eTicketKeyId = (publicKey: KeyObject): string =>
  createHash('sha256').update(rawPublicKey(publicKey)).digest().subarray(0, KEY_ID_BYTES).toString('base64url');

/** The element PublicKey of a key: its 32 bytes in Base64. */
export const eTicketPublicKeyText = (publicKey: KeyObject): string => rawPublicKey(publicKey).toString('base64');

/** Reads the element PublicKey of a key. Throws PUBLIC_KEY_UNREADABLE. */
export const parseETicketPublicKey = (text: string): KeyObject => {
  const bytes = decodeCanonicalBase64(text);
  if (bytes?.length !== KEY_BYTES) {
    throw new ProtocolError('PUBLIC_KEY_UNREADABLE', `must be the ${KEY_BYTES} bytes of an Ed25519 key in Base64`);
  }
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
};

/** Says whether a key signed an e-ticket. Whether the key is still accepted is another question. Reading C5. */
export const verifyETicket = ({ signedText, signature }: ETicketText, publicKey: KeyObject): boolean =>
  verify(null, Buffer.from(signedText), publicKey, signature);
