// @module-tag slow
import { generatePrimeSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weaknessOf } from './weak-modulus.ts';

/** Odd numbers of exactly `bits` bits. */
const oddNumber = (bits: number) =>
  fc.bigInt({ min: 1n << BigInt(bits - 1), max: (1n << BigInt(bits)) - 1n }).map((n) => n | 1n);
const lengths = fc.constantFrom(1024, 1025, 1536, 2048, 3072, 4096);
const prime = (bits: number) => generatePrimeSync(bits, { bigint: true });

/** The highest power of `base` with at most `bits` bits. */
const powerBelow = (base: bigint, bits: number): { power: bigint; exponent: number } => {
  let [power, exponent] = [base, 1];
  while (power * base < 1n << BigInt(bits)) [power, exponent] = [power * base, exponent + 1];
  return { power, exponent };
};

describe('a modulus that falls to a quick look', () => {
  it('is any number with a prime factor below 4096', () => {
    const factors = fc.constantFrom(3n, 5n, 7n, 251n, 257n, 2039n, 4091n, 4093n);
    fc.assert(
      fc.property(lengths.chain(oddNumber), factors, (number, factor) => {
        expect(weaknessOf(number * factor)).toMatch(/prime factor below 4096|ones only/);
      }),
    );
  });

  it('is any power of an odd number, with small exponents and with large ones', () => {
    const bases = fc.integer({ min: 12, max: 2048 }).chain(oddNumber);
    fc.assert(
      fc.property(bases, lengths, (base, bits) => {
        const { power, exponent } = powerBelow(base, bits);
        if (exponent > 1) expect(weaknessOf(power)).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [2, 512],
    [3, 400],
    [5, 211],
    [31, 33],
    [79, 13],
  ])('is the %s-th power of a prime of %s bits', (exponent, bits) => {
    expect(weaknessOf(prime(bits) ** BigInt(exponent))).toBe('is a power of a smaller number');
  });

  it.each([1024, 1279, 2048, 2203, 3217, 4096])('is 2^%s − 1', (bits) => {
    expect(weaknessOf(2n ** BigInt(bits) - 1n)).toBe('consists of ones only');
  });

  it('is the product of two primes that differ in their lower halves only', () => {
    for (const bits of [512, 1024, 2048]) {
      const one = prime(bits);
      let other = one + 2n ** BigInt(bits / 2 - 20);
      other |= 1n;
      while (weaknessOf(one * other)?.includes('prime factor')) other += 2n;
      expect(weaknessOf(one * other)).toBe('is the product of two factors that lie close to each other');
    }
  });

  it('is no product of two primes as key generators make them', () => {
    for (const bits of [512, 512, 512, 1024, 1024]) expect(weaknessOf(prime(bits) * prime(bits))).toBeNull();
    expect(weaknessOf(prime(500) * prime(524))).toBeNull();
  });
});
