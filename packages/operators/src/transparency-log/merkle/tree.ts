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

/**
 * A tree is stored as in C2SP tlog-tiles: level 0 holds the hashes of the leaves, and a hash of level L + 1 covers 256 of
 * level L once all of these exist. The levels between are computed, so that 1.004 hashes are stored for each leaf.
 */
const TILE_WIDTH = 256;

/** Reads `count` hashes of a level from the position `from` on. All of them have to be there. */
export type ReadHashes = (level: number, from: number, count: number) => Promise<readonly Hash[]>;

export type PlacedHash = { readonly level: number; readonly position: number; readonly hash: Hash };

/** The root of a perfect subtree, whose number of leaves is a power of two. */
type PerfectTree = { readonly hash: Hash; readonly leaves: number };

/** The perfect subtrees over the leaves from `start` up to and without `end`, the largest first. */
export async function perfectTrees(read: ReadHashes, start: number, end: number): Promise<PerfectTree[]> {
  const trees: Promise<PerfectTree>[] = [];
  for (let from = start; from < end; ) {
    let leaves = 1;
    while (2 * leaves <= end - from) leaves *= 2;
    trees.push(perfectTree(read, from, leaves));
    from += leaves;
  }
  return Promise.all(trees);
}

async function perfectTree(read: ReadHashes, start: number, leaves: number): Promise<PerfectTree> {
  let [level, width] = [0, 1];
  while (width * TILE_WIDTH <= leaves) [level, width] = [level + 1, width * TILE_WIDTH];
  const tree = createTreeBuilder();
  for (const hash of await read(level, start / width, leaves / width)) tree.add(hash);
  return { hash: tree.root(), leaves };
}

/** A tree that grows leaf by leaf from what `perfectTrees` read; it holds at most one hash for each power of two. */
export function createTreeBuilder(grown: readonly PerfectTree[] = []) {
  const edge = [...grown];
  let size = edge.reduce((sum, { leaves }) => sum + leaves, 0);
  return {
    size: () => size,
    /** Adds a leaf by its hash, and returns the hashes above the leaves that it completes and that are stored. */
    add(leaf: Hash): PlacedHash[] {
      size += 1;
      const tiles: PlacedHash[] = [];
      let right: PerfectTree = { hash: leaf, leaves: 1 };
      let [level, width] = [1, TILE_WIDTH];
      for (let left = edge.at(-1); left?.leaves === right.leaves; left = edge.at(-1)) {
        edge.pop();
        right = { hash: nodeHash(left.hash, right.hash), leaves: 2 * right.leaves };
        if (right.leaves === width) {
          tiles.push({ level, position: size / width - 1, hash: right.hash });
          [level, width] = [level + 1, width * TILE_WIDTH];
        }
      }
      edge.push(right);
      return tiles;
    },
    root: () => rootOver(edge),
  };
}

/** The root over perfect subtrees that lie side by side. RFC 6962, 2.1. */
export function rootOver(trees: readonly PerfectTree[]): Hash {
  const [last, ...others] = trees.map(({ hash }) => hash).reverse();
  return others.reduce((root, left) => nodeHash(left, root), last ?? EMPTY_ROOT);
}
