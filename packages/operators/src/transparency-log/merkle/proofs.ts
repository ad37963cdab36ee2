import { type Hash, nodeHash, perfectTrees, type ReadHashes, rootOver } from './tree.ts';

/** Leaves from `start` up to and without `end`. */
type LeafRange = { readonly start: number; readonly end: number };

/** The leaves below the two nodes that a node with more than one leaf is divided into. RFC 6962, 2.1. */
function halves({ start, end }: LeafRange): { middle: number; left: LeafRange; right: LeafRange } {
  let split = 1;
  while (2 * split < end - start) split *= 2;
  const middle = start + split;
  return { middle, left: { start, end: middle }, right: { start: middle, end } };
}

const rootsOver = (read: ReadHashes, ranges: readonly LeafRange[]): Promise<Hash[]> =>
  Promise.all(ranges.map(async ({ start, end }) => rootOver(await perfectTrees(read, start, end))));

/** Shows that the tree of `size` leaves begins with the tree of `before` leaves. RFC 6962, 2.1.2; empty if `before` is 0. */
export function proveConsistency(read: ReadHashes, before: number, size: number): Promise<Hash[]> {
  if (before < 0 || before > size) throw new RangeError(`a tree of ${size} leaves has no earlier one of ${before}`);
  return rootsOver(read, before === 0 ? [] : proofRanges(before, { start: 0, end: size }));
}

function proofRanges(before: number, range: LeafRange): LeafRange[] {
  // The verifier knows the earlier tree as a whole.
  if (before === range.end) return range.start === 0 ? [] : [range];
  const { middle, left, right } = halves(range);
  return before <= middle ? [...proofRanges(before, left), right] : [...proofRanges(before, right), left];
}

/** The audit path of the leaf `index` in the tree of `size` leaves, from the leaf's sibling up. RFC 6962, 2.1.1. */
export function proveInclusion(read: ReadHashes, index: number, size: number): Promise<Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  return rootsOver(
    read,
    siblings(index, { start: 0, end: size }).map(({ range }) => range),
  );
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
