import { type Hash, nodeHash, perfectTrees, type ReadHashes, rootOver } from './tree.ts';

type Sibling = { readonly side: 'left' | 'right'; readonly start: number; readonly end: number };

/** The nodes beside the way to a leaf, from the leaf up; a node is divided at the largest power of two below its size. RFC 6962, 2.1. */
function siblings(index: number, start: number, end: number): Sibling[] {
  if (end - start === 1) return [];
  let split = 1;
  while (2 * split < end - start) split *= 2;
  const middle = start + split;
  return index < middle
    ? [...siblings(index, start, middle), { side: 'right', start: middle, end }]
    : [...siblings(index, middle, end), { side: 'left', start, end: middle }];
}

/** The audit path of the leaf `index` in the tree of `size` leaves, from the leaf's sibling up. RFC 6962, 2.1.1. */
export async function proveInclusion(read: ReadHashes, index: number, size: number): Promise<Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const path = siblings(index, 0, size);
  return Promise.all(path.map(async ({ start, end }) => rootOver(await perfectTrees(read, start, end))));
}

/** Whether a path shows that a leaf stands at `index` of the tree of `size` leaves with this root. RFC 6962, 2.1.1. */
export function verifyInclusion(
  path: readonly Hash[],
  { index, size, leaf, root }: { index: number; size: number; leaf: Hash; root: Hash },
): boolean {
  if (index < 0 || index >= size) return false;
  const sides = siblings(index, 0, size);
  if (sides.length !== path.length) return false;
  const reached = path.reduce(
    (hash, sibling, up) => (sides[up]?.side === 'right' ? nodeHash(hash, sibling) : nodeHash(sibling, hash)),
    leaf,
  );
  return reached.equals(root);
}
