import { type Hash, nodeHash, perfectTrees, type ReadHashes, rootOver } from './tree.ts';

type LeafRange = { readonly start: number; readonly end: number };

/** The leaves below the two nodes that a node with more than one leaf is divided into. RFC 6962, 2.1. */
function halves({ start, end }: LeafRange): { middle: number; left: LeafRange; right: LeafRange } {
  let split = 1;
  while (2 * split < end - start) split *= 2;
  const middle = start + split;
  return { middle, left: { start, end: middle }, right: { start: middle, end } };
}

/** The audit path of the leaf `index` in the tree of `size` leaves, from the leaf's sibling up. RFC 6962, 2.1.1. */
export async function proveInclusion(read: ReadHashes, index: number, size: number): Promise<Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const ranges = siblings(index, { start: 0, end: size }).map(({ range }) => range);
  return Promise.all(ranges.map(async ({ start, end }) => rootOver(await perfectTrees(read, start, end))));
}

type Sibling = { readonly side: 'left' | 'right'; readonly range: LeafRange };

/** The nodes beside the way to a leaf, from the leaf up. */
function siblings(index: number, range: LeafRange): Sibling[] {
  if (range.end - range.start === 1) return [];
  const { middle, left, right } = halves(range);
  return index < middle
    ? [...siblings(index, left), { side: 'right', range: right }]
    : [...siblings(index, right), { side: 'left', range: left }];
}

/** Whether a path shows that a leaf stands at `index` of the tree of `size` leaves with this root. RFC 6962, 2.1.1. */
export function verifyInclusion(
  path: readonly Hash[],
  { index, size, leaf, root }: { index: number; size: number; leaf: Hash; root: Hash },
): boolean {
  if (index < 0 || index >= size) return false;
  const sides = siblings(index, { start: 0, end: size });
  if (sides.length !== path.length) return false;
  const reached = path.reduce(
    (hash, sibling, up) => (sides[up]?.side === 'right' ? nodeHash(hash, sibling) : nodeHash(sibling, hash)),
    leaf,
  );
  return reached.equals(root);
}
