import { hash } from 'node:crypto';

/** A SHA-256 hash, 32 bytes. */
export type Hash = Buffer;

export const HASH_BYTES = 32;

/** The root of a tree without leaves. RFC 6962, 2.1. */
export const EMPTY_ROOT: Hash = hash('sha256', '', 'buffer');

const [LEAF, NODE] = [Buffer.from([0]), Buffer.from([1])];

/** The hash of a leaf. RFC 6962, 2.1. */
export function leafHash(leaf: string | Uint8Array): Hash {
  return hash('sha256', Buffer.concat([LEAF, typeof leaf === 'string' ? Buffer.from(leaf) : leaf]), 'buffer');
}

/** The hash of a node over two subtrees. RFC 6962, 2.1. */
export function nodeHash(left: Hash, right: Hash): Hash {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

/** The largest power of two that is smaller than `size`, where a tree of more than one leaf is divided. RFC 6962, 2.1. */
export function splitOf(size: number): number {
  let split = 1;
  while (2 * split < size) split *= 2;
  return split;
}
