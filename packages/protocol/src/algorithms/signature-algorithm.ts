import { createPrivateKey, type KeyObject } from 'node:crypto';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/** A way to sign requests; its file exports it as `algorithm`, and everything else knows only its name. Scheme 6.5.2.5, 7.5.2.5. */
export type SignatureAlgorithm = {
  /** What it is called in the database, in bundles and in commands; never changed. */
  readonly name: string;
  /** Its file (`import.meta.url`): threads load what they need from there. */
  readonly module: string;
  /** The ways in which `sign` can write a signature, the usual one first; `verify` takes all of them. */
  readonly forms: readonly [string, ...string[]];

  generateKeyPair(): Promise<KeyPair>;
  /** Reads the public key of an account. @throws KeyRefusal if it is malformed, too weak or too costly for an account. */
  readPublicKey(text: string): KeyObject;
  /** Reads a private key, unencrypted PEM. @throws KeyRefusal if it is malformed. */
  readPrivateKey(pem: string): KeyObject;
  /** Returns a warning for a signing key that is weaker than it should be, or null. @throws KeyRefusal if anybody can break it. */
  judgePrivateKey(privateKey: KeyObject): string | null;
  /** Length of a key in bits, as people name it. */
  keyBits(key: KeyObject): number;
  signatureLength(publicKey: KeyObject): number;
  /**
   * A public key whose private half nobody has; null for a length (bytes) that no account's signatures have. Verifying with it costs as
   * much as with the key of any account of this length, so a refusal does not show which accounts exist. Reading E9.
   */
  decoy(signatureLength: number): KeyObject | null;

  /** Signs a text; returns the characters of the element Signature. */
  sign(text: string, privateKey: KeyObject, form?: string): string;
  /** The bytes that the element Signature spells, the same for each of its spellings; null if it spells none. */
  readSignature(signature: string): Buffer | null;
  /** Verifies a signature over one of the texts. For those of the key's length the cost depends only on key and texts. Reading E9. */
  verify(texts: Iterable<string>, signature: Buffer, publicKey: KeyObject): boolean;

  /** @throws KeyRefusal if this runtime lacks what it needs. */
  assertHere?(): void;
  /** The same with what follows its name and a colon, such as the user id of SM2; null where that cannot be used. */
  variant?(parameter: string): SignatureAlgorithm | null;
};

/** Reads a private key of any kind, unencrypted PEM. @throws KeyRefusal if it is none. */
export const readPrivatePem = (pem: string): KeyObject => {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new KeyRefusal('The private key is no unencrypted PEM private key.');
  }
};

/** A key cannot be used with an algorithm. The message is one whole sentence for the person who supplied the key. */
export class KeyRefusal extends Error {
  override readonly name = 'KeyRefusal';
  /** Tells a command that this is no bug. */
  readonly expected = true;
}
