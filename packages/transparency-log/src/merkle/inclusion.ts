import { type Hash, nodeHash, splitOf } from './hash.ts';
import { type LeafRange, rangeHash } from './range-hash.ts';
import type { ReadHashes } from './tiles.ts';

/** The audit path of the leaf `index` in the tree of `size` leaves, from the leaf's sibling up. RFC 6962, 2.1.1. */
export function proveInclusion(read: ReadHashes, index: number, size: number): Promise<Hash[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  return Promise.all(siblings(index, { start: 0, end: size }).map((range) => rangeHash(read, range)));
}

function siblings(index: number, { start, end }: LeafRange): LeafRange[] {
  if (end - start === 1) return [];
  const middle = start + splitOf(end - start);
  const [left, right] = [
    { start, end: middle },
    { start: middle, end },
  ];
  return index < middle ? [...siblings(index, left), right] : [...siblings(index, right), left];
}

/** Whether a path shows that a leaf stands at `index` of the tree of `size` leaves with this root. RFC 6962, 2.1.1. */
export function verifyInclusion(
  path: readonly Hash[],
  { index, size, leaf, root }: { index: number; size: number; leaf: Hash; root: Hash },
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  const turns = turnsTo(index, size);
  if (turns.length !== path.length) return false;
  const reached = path.reduce(
    (hash, sibling, up) => (turns[up] === 'left' ? nodeHash(hash, sibling) : nodeHash(sibling, hash)),
    leaf,
  );
  return reached.equals(root);
}

/** On which side the leaf's subtree is, from the leaf up. */
function turnsTo(index: number, size: number): ('left' | 'right')[] {
  const turns: ('left' | 'right')[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    turns.push(index < middle ? 'left' : 'right');
    if (index < middle) end = middle;
    else start = middle;
  }
  return turns.reverse();
}
