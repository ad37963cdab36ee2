import { type Hash, nodeHash, splitOf } from './hash.ts';
import { type LeafRange, rangeHash } from './range-hash.ts';
import type { ReadHashes } from './tiles.ts';

/** Shows that the tree of `size` leaves begins with the tree of `before` leaves. RFC 6962, 2.1.2; empty if `before` is 0. */
export function proveConsistency(read: ReadHashes, before: number, size: number): Promise<Hash[]> {
  if (before < 0 || before > size) throw new RangeError(`a tree of ${size} leaves has no earlier one of ${before}`);
  const ranges = before === 0 ? [] : proofRanges(before, { start: 0, end: size });
  return Promise.all(ranges.map((range) => rangeHash(read, range)));
}

function proofRanges(before: number, { start, end }: LeafRange): LeafRange[] {
  // The verifier knows the earlier tree as a whole.
  if (before === end) return start === 0 ? [] : [{ start, end }];
  const middle = start + splitOf(end - start);
  const [left, right] = [
    { start, end: middle },
    { start: middle, end },
  ];
  return before <= middle ? [...proofRanges(before, left), right] : [...proofRanges(before, right), left];
}

/** Whether a proof shows that the tree of `size` leaves begins with the tree of `before` leaves. RFC 6962, 2.1.2. */
export function verifyConsistency(
  proof: readonly Hash[],
  trees: { before: number; rootBefore: Hash; size: number; root: Hash },
): boolean {
  const { before, rootBefore, size, root } = trees;
  if (!Number.isSafeInteger(before) || !Number.isSafeInteger(size) || before < 0 || before > size) return false;
  if (before === 0) return proof.length === 0;
  const reached = rootsOf(proof, { before, rootBefore }, { start: 0, end: size });
  if (reached === null) return false;
  return reached.before.equals(rootBefore) && reached.whole.equals(root);
}

/** The roots over a range that a proof leads to: of its part that belongs to the earlier tree, and of the whole. */
function rootsOf(
  proof: readonly Hash[],
  earlier: { before: number; rootBefore: Hash },
  { start, end }: LeafRange,
): { before: Hash; whole: Hash } | null {
  const last = proof.at(-1);
  if (earlier.before === end) {
    if (start === 0) return proof.length === 0 ? { before: earlier.rootBefore, whole: earlier.rootBefore } : null;
    return last !== undefined && proof.length === 1 ? { before: last, whole: last } : null;
  }
  if (last === undefined) return null;
  const middle = start + splitOf(end - start);
  const isLeft = earlier.before <= middle;
  const below = rootsOf(proof.slice(0, -1), earlier, isLeft ? { start, end: middle } : { start: middle, end });
  if (below === null) return null;
  if (isLeft) return { before: below.before, whole: nodeHash(below.whole, last) };
  return { before: nodeHash(last, below.before), whole: nodeHash(last, below.whole) };
}
