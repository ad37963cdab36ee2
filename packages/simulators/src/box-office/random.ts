import { createHash, randomInt } from 'node:crypto';

/** A source of whole numbers from 0 up to, not including, `below` (at most 2^32). */
export type Random = (below: number) => number;

/** Numbers that nobody can foresee. */
export const systemRandom: Random = (below) => randomInt(below);

/** The same numbers for the same seed, so that a run can be repeated. For tests and demos only. */
export function seededRandom(seed: string): Random {
  let drawn = 0;
  return (below) => {
    const digest = createHash('sha256').update(`${seed}#${drawn}`).digest();
    drawn += 1;
    // 64 bits leave no bias worth speaking of.
    return Number(digest.readBigUInt64BE() % BigInt(below));
  };
}

/** A text of decimal digits. */
export function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random(10)).join('');
}
