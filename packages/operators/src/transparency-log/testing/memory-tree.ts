import { createTreeBuilder, type Hash, leafHash, perfectTrees, type ReadHashes } from '../merkle/tree.ts';

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
    /** Adds leaves as a process does that has only what is stored. */
    async grow(count: number) {
      const tree = createTreeBuilder(await perfectTrees(read, 0, size));
      for (; tree.size() < size + count; ) {
        const leaf = leafHash(`entry ${tree.size()}`);
        keep(0, tree.size(), leaf);
        for (const { level, position, hash } of tree.add(leaf)) keep(level, position, hash);
      }
      size += count;
    },
  };

  function keep(level: number, position: number, hash: Hash) {
    const own = levels[level] ?? [];
    levels[level] = own;
    if (own.length !== position) throw new Error('a hash was left out');
    own.push(hash);
  }
}
