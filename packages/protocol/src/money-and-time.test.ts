import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fen, formatYuan, PRICE_FORMS, type PriceForm, parseFen, parsePrice, priceJson } from './money.ts';
import { readCases, refusalOf } from './testing/vectors.ts';
import {
  addDays,
  addSeconds,
  businessDate,
  businessDay,
  epochOf,
  parseBusinessDate,
  parseWallClock,
  readForeignTime,
  wallClockAt,
} from './time.ts';

type DatetimeCase = { name: string; text: string; epochMs?: number; error?: string };
type BusinessDateCase = { name: string; time: string; businessDate: string };

describe('wall clock', () => {
  it.each(readCases<DatetimeCase>('datetimes.json'))('vector: $name', ({ text, epochMs, error }) => {
    if (epochMs === undefined) {
      expect(refusalOf(() => parseWallClock(text)).code).toBe(error);
    } else {
      expect(epochOf(parseWallClock(text))).toBe(epochMs);
      expect(wallClockAt(epochMs)).toBe(text);
    }
  });

  it.each([
    ['2026-11-24T19:30:00', '2026-11-24T19:30:00'],
    ['2026-11-24 19:30:00', '2026-11-24T19:30:00'],
    ['2026-11-24T19:30:00.123', '2026-11-24T19:30:00'],
    ['2026-11-24T11:30:00.5Z', '2026-11-24T19:30:00'],
    ['2026-11-24 19:30:00+08:00', '2026-11-24T19:30:00'],
    ['2026-11-24T18:30:00.000+0700', '2026-11-24T19:30:00'],
    ['2026-12-31T20:00:00-05:00', '2027-01-01T09:00:00'],
  ])('reads the time %s of a reply as %s', (text, time) => {
    expect(readForeignTime(text)).toBe(time);
  });

  it.each([
    '',
    '2026-11-24',
    '2026-02-30 19:30:00',
    '2026-11-24T25:00:00.1Z',
    '2026-11-24T19:30:00+8',
    '1/2/2026 7:30 PM',
  ])('refuses %j also in a reply', (text) => {
    expect(refusalOf(() => readForeignTime(text)).code).toBe('INVALID_DATETIME');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -28_800_001, 253_402_300_800_000])(
    'refuses the moment %d, which no text can say',
    (epochMs) => {
      expect(refusalOf(() => wallClockAt(epochMs)).code).toBe('INVALID_DATETIME');
    },
  );
});

describe('business date', () => {
  it.each(readCases<BusinessDateCase>('business-dates.json'))('vector: $name', ({ time, businessDate: date }) => {
    expect(businessDate(parseWallClock(time))).toBe(date);
  });

  it('spans the times that belong to it', () => {
    const { from, until } = businessDay(parseBusinessDate('2026-12-31'));
    expect([from, until]).toEqual(['2026-12-31T06:00:00', '2027-01-01T06:00:00']);
    expect(businessDate(from)).toBe('2026-12-31');
    expect(businessDate(addSeconds(from, -1))).toBe('2026-12-30');
    expect(businessDate(addSeconds(until, -1))).toBe('2026-12-31');
    expect(businessDate(until)).toBe('2027-01-01');
  });

  it('counts days over the ends of months and years', () => {
    expect(addDays(parseBusinessDate('2028-02-28'), 1)).toBe('2028-02-29');
    expect(addDays(parseBusinessDate('2028-03-01'), -2)).toBe('2028-02-28');
    expect(addDays(parseBusinessDate('2027-01-01'), -1)).toBe('2026-12-31');
    expect(addDays(parseBusinessDate('2026-11-27'), -92)).toBe('2026-08-27');
  });

  it.each(['2026-02-29', '2026-1-1', '2026-11-24T06:00:00', ''])('refuses %j', (text) => {
    expect(refusalOf(() => parseBusinessDate(text)).code).toBe('INVALID_DATETIME');
  });
});

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
    const yuan = [0, 5, 50, 4500, 99_999].map((amount) => formatYuan(parseFen(amount)));
    expect(yuan).toEqual(['0.00', '0.05', '0.50', '45.00', '999.99']);
  });
});
