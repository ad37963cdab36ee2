/**
 * Says why an odd modulus of 1024 to 4096 bits can be factored quickly: all ones, a prime factor below 4096, or two
 * factors that lie close to each other; null if it cannot. Finds mistakes in key generation, not malice. Costs 0.1 to 0.4
 * ms.
 */
export const weaknessOf = (modulus: bigint): string | null => {
  // Mersenne numbers are the likeliest to come from a damaged or invented text, and some are prime.
  if ((modulus & (modulus + 1n)) === 0n) return 'consists of ones only';
  if (SMALL_PRIMES.some((prime) => modulus % prime === 0n)) {
    return `has a prime factor below ${SMALL_PRIMES_BELOW}`;
  }
  if (hasCloseFactors(modulus)) return 'is the product of two factors that lie close to each other';
  return null;
};

const SMALL_PRIMES_BELOW = 4096;

const ODD_PRIMES: number[] = [];
for (let odd = 3; odd < SMALL_PRIMES_BELOW; odd += 2) {
  if (ODD_PRIMES.every((prime) => odd % prime !== 0)) ODD_PRIMES.push(odd);
}
const SMALL_PRIMES = ODD_PRIMES.map(BigInt);

/** The square root, rounded down, by Newton's method. */
const squareRoot = (number: bigint): bigint => {
  if (number === 0n) return number;
  // A power of two above the root.
  let root = 1n << BigInt(Math.ceil(number.toString(16).length * 2));
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
};

/** Fermat's method finds factors in a step or two where they differ in less than their lower half. */
const FERMAT_STEPS = 16;
const SQUARES_MOD_64 = new Set(Array.from({ length: 64 }, (_, number) => (number * number) % 64));

const hasCloseFactors = (modulus: bigint): boolean => {
  let middle = squareRoot(modulus);
  if (middle * middle < modulus) middle += 1n;
  for (let step = 0; step < FERMAT_STEPS; step += 1, middle += 1n) {
    const rest = middle * middle - modulus;
    if (SQUARES_MOD_64.has(Number(BigInt.asUintN(6, rest))) && squareRoot(rest) ** 2n === rest) return true;
  }
  return false;
};
