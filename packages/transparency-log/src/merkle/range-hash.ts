import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts';
import { perfectHash, type ReadHashes, TILE_WIDTH } from './tiles.ts';

/** Leaves from `start` up to and without `end`. */
export type LeafRange = { readonly start: number; readonly end: number };

/**
 * Computes the root over the leaves below one node of a tree: MTH(D[start:end]) of RFC 6962, 2.1. The range has to be that
 * of a node.
 */
export async function rangeHash(read: ReadHashes, { start, end }: LeafRange): Promise<Hash> {
  let root: Hash | undefined;
  const parts = perfectParts(start, end);
  const hashes = await Promise.all(parts.map((part) => partHash(read, part)));
  for (const hash of hashes.reverse()) root = root === undefined ? hash : nodeHash(hash, root);
  return root ?? EMPTY_ROOT;
}

/** The root of the first `size` leaves. */
export const rootOf = (read: ReadHashes, size: number): Promise<Hash> => rangeHash(read, { start: 0, end: size });

type PerfectPart = { readonly start: number; readonly size: number };

/** Perfect subtrees, from the largest on. */
function perfectParts(start: number, end: number): PerfectPart[] {
  const parts: PerfectPart[] = [];
  let from = start;
  while (from < end) {
    let size = 1;
    while (2 * size <= end - from) size *= 2;
    parts.push({ start: from, size });
    from += size;
  }
  return parts;
}

async function partHash(read: ReadHashes, { start, size }: PerfectPart): Promise<Hash> {
  let [level, width] = [0, 1];
  while (width * TILE_WIDTH <= size) {
    level += 1;
    width *= TILE_WIDTH;
  }
  return perfectHash(await read(level, start / width, size / width));
}
