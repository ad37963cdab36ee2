import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { goVectors } from '../testing/go-vectors.ts';
import { createMemoryTree } from '../testing/memory-tree.ts';
import { proveInclusion, verifyInclusion } from './proofs.ts';
import { createTreeBuilder, EMPTY_ROOT, type Hash, leafHash, nodeHash, perfectTrees, rootOver } from './tree.ts';

// The eight leaves that the reference implementation of Certificate Transparency is tested with, and the roots over the
// first of them.
const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The definition of RFC 6962, 2.1, computed without stored hashes. */
function naiveRoot(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return only;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split)));
}
const rootOf = async (tree: ReturnType<typeof createMemoryTree>, size: number) =>
  rootOver(await perfectTrees(tree.read, 0, size));
const leavesUpTo = (size: number) => Array.from({ length: size }, (_, n) => leafHash(`entry ${n}`));

it('makes the roots that implementations of RFC 6962 agree on', () => {
  const tree = createTreeBuilder();
  expect(tree.root().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  for (const [n, leaf] of CT_LEAVES.entries()) {
    tree.add(leafHash(Buffer.from(leaf, 'hex')));
    expect(tree.root().toString('hex')).toBe(CT_ROOTS[n]);
  }
});

describe('a tree of 70,000 leaves', { tags: 'slow' }, () => {
  const tree = createMemoryTree();
  const base64 = (hashes: readonly Hash[]) => hashes.map((hash) => hash.toString('base64'));
  const roots = new Map(goVectors.roots.map(({ size, root }) => [size, Buffer.from(root, 'base64')]));
  const rootAt = async (size: number) => roots.get(size) ?? rootOf(tree, size);

  beforeAll(async () => {
    for (const count of [1, 2, 252, 1, 1, 255, 700, 64_788, 4000]) await tree.grow(count);
  });

  it('keeps the hashes that its tiles hold', () => {
    expect(tree.levels.map((level) => level.length)).toEqual([70_000, 273, 1]);
  });

  it('has the roots that Go computed', async () => {
    for (const { size, root } of goVectors.roots) {
      expect((await rootOf(tree, size)).toString('base64')).toBe(root);
    }
  });

  it('makes the audit paths that Go made, and believes them', async () => {
    for (const { index, size, path } of goVectors.inclusion) {
      const made = await proveInclusion(tree.read, index, size);
      expect(base64(made)).toEqual(path);
      const claim = { index, size, leaf: leafHash(`entry ${index}`), root: await rootAt(size) };
      expect(verifyInclusion(made, claim)).toBe(true);
      expect(verifyInclusion(made, { ...claim, leaf: leafHash(`entry ${index + 1}`) })).toBe(false);
      expect(verifyInclusion(made, { ...claim, index: size })).toBe(false);
      expect(verifyInclusion([...made, EMPTY_ROOT], claim)).toBe(false);
      if (path.length > 0) expect(verifyInclusion(made.slice(1), claim)).toBe(false);
    }
  });
});

it('is the same tree however it grew, leaf by leaf or in groups, and proves each leaf', async () => {
  const groups = fc.array(fc.nat({ max: 300 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(groups, fc.nat(), fc.nat(), async (counts, one, other) => {
      const tree = createMemoryTree();
      for (const count of counts) await tree.grow(count);
      const size = counts.reduce((sum, count) => sum + count, 0);
      const leaves = leavesUpTo(size);
      const root = naiveRoot(leaves);
      const builder = createTreeBuilder();
      const tiles = leaves.flatMap((leaf) => builder.add(leaf));
      expect([await rootOf(tree, size), builder.root()]).toEqual([root, root]);
      for (const { level, position, hash } of tiles) expect(tree.levels[level]?.[position]).toEqual(hash);
      expect(tiles).toHaveLength(tree.levels.slice(1).flat().length);
      if (size === 0) return;
      const index = one % size;
      const path = await proveInclusion(tree.read, index, size);
      const claim = { index, size, leaf: leafHash(`entry ${index}`), root };
      expect(verifyInclusion(path, claim)).toBe(true);
      const elsewhere = other % size;
      if (elsewhere !== index) expect(verifyInclusion(path, { ...claim, index: elsewhere })).toBe(false);
    }),
    { numRuns: 50 },
  );
});
