import { type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';

/** Takes a block back to what was put into it; throws where the padding is wrong. */
export type PublicOperation = (key: KeyObject, block: Buffer) => Buffer;

/** Puts bytes into a PKCS#1 v1.5 block of type 1, as long as the key's modulus. Readings T2 and E3. */
export const sealBlock = (payload: Buffer, privateKey: KeyObject): Buffer => privateEncrypt(privateKey, payload);

/**
 * What the private half of a key has put into a block; null if it was another key.
 *
 * The KeyObject itself is passed on: an options object around it, or a PEM, makes the call more than twice as slow.
 */
export const openBlock = (
  block: Buffer,
  publicKey: KeyObject,
  operation: PublicOperation = publicDecrypt,
): Buffer | null => {
  try {
    return operation(publicKey, block);
  } catch {
    return null;
  }
};
