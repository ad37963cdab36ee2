import { type Hash, leafHash } from '../merkle/hash.ts';
import { growTree, type ReadHashes } from '../merkle/tiles.ts';

/** A tree in memory, kept as the database keeps it. Leaf n is the text `entry n`, unless others are given. */
export function createMemoryTree() {
  const levels: Hash[][] = [];
  let size = 0;
  const read: ReadHashes = async (level, from, count) => {
    const hashes = levels[level]?.slice(from, from + count) ?? [];
    if (hashes.length !== count) throw new Error(`level ${level} has no ${count} hashes from ${from} on`);
    return hashes;
  };
  return {
    read,
    levels,
    async grow(count: number) {
      const leaves = Array.from({ length: count }, (_, n) => leafHash(`entry ${size + n}`));
      for (const { level, position, hash } of await growTree(read, size, leaves)) {
        const own = levels[level] ?? [];
        levels[level] = own;
        if (own.length !== position) throw new Error('a hash was left out');
        own.push(hash);
      }
      size += count;
    },
  };
}
