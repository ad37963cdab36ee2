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

describe('a modulus that falls to a quick look', () => {
  it('is any number with a prime factor below 4096', () => {
    const factors = fc.constantFrom(3n, 5n, 7n, 251n, 257n, 2039n, 4091n, 4093n);
    fc.assert(
      fc.property(lengths.chain(oddNumber), factors, (number, factor) => {
        expect(weaknessOf(number * factor)).toMatch(/prime factor below 4096|ones only/);
      }),
    );
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
      expect(weaknessOf(one * one)).toBe('is the product of two factors that lie close to each other');
    }
  });

  it('is no product of two primes as key generators make them', () => {
    for (const bits of [512, 512, 512, 1024, 1024]) expect(weaknessOf(prime(bits) * prime(bits))).toBeNull();
    expect(weaknessOf(prime(500) * prime(524))).toBeNull();
  });
});
