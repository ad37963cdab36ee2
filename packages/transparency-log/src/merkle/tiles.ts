import { type Hash, nodeHash } from './hash.ts';

/**
 * A tree is stored as in C2SP tlog-tiles: level 0 holds the hashes of the leaves, and a hash of level L + 1 covers 256 of
 * level L once all of these exist. The levels between are computed, so that 1.004 hashes are stored for each leaf.
 */
export const TILE_WIDTH = 256;

/** Reads `count` hashes of a level from the position `from` on. All of them have to be there. */
export type ReadHashes = (level: number, from: number, count: number) => Promise<readonly Hash[]>;

export type PlacedHash = { readonly level: number; readonly position: number; readonly hash: Hash };

/**
 * Returns what to store when leaves are added to a tree of `size` leaves: their hashes, and those of the tiles that they
 * complete.
 *
 * @param read reads what is stored so far; at most 255 hashes of each level
 */
export async function growTree(read: ReadHashes, size: number, leaves: readonly Hash[]): Promise<PlacedHash[]> {
  const placed: PlacedHash[] = [];
  let [level, from, added] = [0, size, leaves];
  while (added.length > 0) {
    for (const [index, hash] of added.entries()) placed.push({ level, position: from + index, hash });
    const begun = from % TILE_WIDTH;
    const tile = from - begun;
    if (begun + added.length < TILE_WIDTH) break;
    const hashes = [...(begun === 0 ? [] : await read(level, tile, begun)), ...added];
    const full = Math.floor(hashes.length / TILE_WIDTH);
    added = Array.from({ length: full }, (_, n) => perfectHash(hashes.slice(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)));
    [level, from] = [level + 1, tile / TILE_WIDTH];
  }
  return placed;
}

/** The hash over these hashes of one level; their number is a power of two. */
export function perfectHash(hashes: readonly Hash[]): Hash {
  let level = hashes;
  while (level.length > 1) {
    const pairs = level;
    level = Array.from({ length: pairs.length / 2 }, (_, n) => nodeHash(at(pairs, 2 * n), at(pairs, 2 * n + 1)));
  }
  return at(level, 0);
}

function at(hashes: readonly Hash[], index: number): Hash {
  const hash = hashes[index];
  if (hash === undefined) throw new Error(`the tree has no hash ${index} of ${hashes.length}`);
  return hash;
}
