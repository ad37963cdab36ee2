import type { KeyObject } from 'node:crypto';

/** A cinema's public key as the scheme that it is for has read and judged it. */
export type TicketCodeKey = {
  /** For node:crypto; costly to make, so keep it. */
  readonly key: KeyObject;
  /** Base64 of the DER SubjectPublicKeyInfo on one line: the form that is sent on. */
  readonly spki: string;
  /** 64 lower-case hex digits: the same key in whatever form it came. */
  readonly fingerprint: string;
  /** Length in bytes of the blocks that its private half makes; no other block has to be tried. */
  readonly blockLength: number;
};

/**
 * A way to prove that a cinema made a ticket info code. All its specifics are in one file; everything else knows only a
 * block of bytes, and a key that names its scheme. Scheme 5.1.2; reading T2.
 */
export type TicketCodeScheme = {
  /** What the keys that are for it carry; never changed. */
  readonly name: string;
  /**
   * Reads a cinema's public key in every accepted form of text, its own `spki` among them; null if the text is no key of
   * this scheme.
   * @throws ProtocolError PUBLIC_KEY_TOO_SHORT and the like if it is one that proves nothing or costs too much.
   */
  readKey(text: string): TicketCodeKey | null;
  /** Makes the block of a ticket out of its fields, 107 bytes. */
  seal(message: Buffer, privateKey: KeyObject): Buffer;
  /** The fields that the private half of a key has put into a block of the key's length; null if it was another key. */
  open(block: Buffer, publicKey: KeyObject): Buffer | null;
};
