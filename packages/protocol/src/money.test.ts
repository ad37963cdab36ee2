import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fen, formatYuan, PRICE_FORMS, type PriceForm, parseFen, parsePrice, priceJson } from './money.ts';
import { readCases, refusalOf } from './testing/vectors.ts';

type PriceCase = {
  name: string;
  json: string;
  fen?: number;
  error?: string;
  printed?: Record<PriceForm, string>;
};

const fen = fc.integer({ min: 0, max: 10_000_000 }).map((amount) => amount as Fen);

describe('amounts', () => {
  it.each(readCases<PriceCase>('prices.json'))('vector: $name', ({ json, fen: expected, error, printed }) => {
    const value: unknown = JSON.parse(json);
    if (expected === undefined) {
      expect(refusalOf(() => parsePrice(value)).code).toBe(error);
      return;
    }
    const amount = parsePrice(value);
    expect(amount).toBe(expected);
    for (const form of printed === undefined ? [] : PRICE_FORMS) {
      expect(JSON.stringify(priceJson(amount, form))).toBe(printed?.[form]);
    }
  });

  it('refuses other values than those of JSON', () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 45n]) {
      expect(refusalOf(() => parsePrice(value)).code).toBe('INVALID_PRICE');
    }
  });

  it('reads every amount back from every form', () => {
    fc.assert(
      fc.property(fen, fc.constantFrom(...PRICE_FORMS), (amount, form) => {
        expect(parsePrice(JSON.parse(JSON.stringify(priceJson(amount, form))))).toBe(amount);
      }),
    );
  });

  it('reads every amount below 1000 yuan from a peer that calculates in 32-bit floats', () => {
    for (let amount = 0; amount < 100_000; amount++) {
      if (parsePrice(Math.fround(amount / 100)) !== amount) throw new Error(`${amount} fen was read wrong`);
    }
  });

  it('prints two decimals', () => {
    expect(['0', '5', '50', '4500', '99999'].map((text) => formatYuan(parseFen(Number(text))))).toEqual([
      '0.00',
      '0.05',
      '0.50',
      '45.00',
      '999.99',
    ]);
  });

  it.each([-1, 0.5, 10_000_001, Number.NaN])('refuses %d as a number of fen', (amount) => {
    expect(refusalOf(() => parseFen(amount)).code).toBe('INVALID_PRICE');
  });
});
