import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { SignatureAlgorithm, WallClock } from '@ticket-check/protocol';

/** The public half of a key pair with which a caller signs. */
export type AccountKey = {
  readonly publicKey: KeyObject;
  readonly algorithm: SignatureAlgorithm;
  /** Length in bytes of the signatures that it verifies; asking the KeyObject for it takes a microsecond. */
  readonly signatureLength: number;
  /** Base64 of the DER SubjectPublicKeyInfo, one line. */
  readonly spki: string;
  readonly addedAt: WallClock;
};

/**
 * Reads the public key of a caller, in any form that its algorithm accepts, and returns its SPKI.
 * @throws KeyRefusal if the text is no such key.
 */
export function parseAccountKey(text: string, algorithm: SignatureAlgorithm): string {
  return spkiOf(algorithm.readPublicKey(text));
}

/** Base64 of the DER SubjectPublicKeyInfo, one line. */
export function spkiOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** SHA-256 of the DER SubjectPublicKeyInfo in hex, as `openssl pkey -pubin -outform DER | sha256sum` prints it. */
export function fingerprintOf(spki: string): string {
  return createHash('sha256').update(Buffer.from(spki, 'base64')).digest('hex');
}

export function publicKeyOf(spki: string): KeyObject {
  return createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
}
