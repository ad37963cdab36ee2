import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts';
import { type PlacedHash, TILE_WIDTH } from './tiles.ts';

/** A tree that is computed leaf by leaf in the memory of its right edge: at most one hash for each power of two. */
export type TreeBuilder = {
  readonly size: () => number;
  /** Adds a leaf by its hash, and returns what is to be kept of the tree above the leaves, once a tile is full. */
  add(leaf: Hash): PlacedHash[];
  /** The root of what was added so far. */
  root(): Hash;
};

export function createTreeBuilder(): TreeBuilder {
  let size = 0;
  /** Roots of perfect subtrees, from left to right, the larger ones first. */
  const edge: { hash: Hash; leaves: number }[] = [];
  return {
    size: () => size,
    add(leaf) {
      size += 1;
      const tiles: PlacedHash[] = [];
      let right = { hash: leaf, leaves: 1 };
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
    root() {
      let root: Hash | undefined;
      for (const { hash } of edge.toReversed()) root = root === undefined ? hash : nodeHash(hash, root);
      return root ?? EMPTY_ROOT;
    },
  };
}
