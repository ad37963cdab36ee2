/**
 * Says why a modulus of 1024 to 4096 bits can be factored quickly: all ones, a prime factor below 4096, a perfect power, or
 * two factors that lie close to each other; null if it cannot. `modulus` is odd.
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
  if (isPerfectPower(modulus)) return 'is a power of a smaller number';
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

/** A modulus without a factor below 4096 can only be the power of a number of at least this length in bits. */
const LEAST_BASE_BITS = 12;

const isPerfectPower = (modulus: bigint): boolean => {
  const log = log2(modulus);
  for (const exponent of PRIMES) {
    if (log / exponent < LEAST_BASE_BITS) return false;
    const near = rootNear(modulus, exponent, log);
    if ([near - 1n, near, near + 1n].some((base) => isPower(modulus, base, exponent))) return true;
  }
  return false;
};

/** Compares the last 64 bits before the whole power is computed. */
const isPower = (modulus: bigint, base: bigint, exponent: number): boolean => {
  const last = (number: bigint) => BigInt.asUintN(64, number);
  let power = 1n;
  for (let bit = 31 - Math.clz32(exponent); bit >= 0; bit -= 1) {
    power = last(power * power);
    if ((exponent >> bit) & 1) power = last(power * last(base));
  }
  return power === last(modulus) && base ** BigInt(exponent) === modulus;
};

const log2 = (number: bigint): number => {
  const digits = number.toString(16);
  return Math.log2(Number.parseInt(digits.slice(0, 13), 16)) + 4 * Math.max(0, digits.length - 13);
};

/** What a double holds for certain of a root; the rest is found by Newton's method. */
const CERTAIN_BITS = 40;

/** The root of a number, at most 1 off. */
const rootNear = (number: bigint, exponent: number, log: number): bigint => {
  const bits = log / exponent;
  const shift = Math.max(0, Math.floor(bits) - CERTAIN_BITS);
  let root = BigInt(Math.round(2 ** (bits - shift))) << BigInt(shift);
  if (shift === 0) return root;
  const others = BigInt(exponent - 1);
  for (;;) {
    const next = (others * root + number / root ** others) / BigInt(exponent);
    const step = next > root ? next - root : root - next;
    root = next;
    if (step <= 1n) return root;
  }
};

/** Fermat's method finds factors in a step or two where they differ in less than their lower half. */
const FERMAT_STEPS = 16;
const SQUARES_MOD_64 = new Set(Array.from({ length: 64 }, (_, number) => (number * number) % 64));

const hasCloseFactors = (modulus: bigint): boolean => {
  let middle = rootNear(modulus, 2, log2(modulus));
  while (middle * middle < modulus) middle += 1n;
  for (let step = 0; step < FERMAT_STEPS; step += 1, middle += 1n) {
    const rest = middle * middle - modulus;
    if (SQUARES_MOD_64.has(Number(BigInt.asUintN(6, rest))) && isSquare(rest)) return true;
  }
  return false;
};

const isSquare = (number: bigint): boolean => {
  if (number < 2n) return number >= 0n;
  const near = rootNear(number, 2, log2(number));
  return [near - 1n, near, near + 1n].some((root) => root * root === number);
};
