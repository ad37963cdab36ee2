import { ProtocolError } from './errors.ts';
import type { Brand } from './text.ts';

/** An amount of money in whole fen (1 yuan = 100 fen). */
export type Fen = Brand<number, 'Fen'>;

/** How amounts are printed towards a peer: `45.00`, `45.0` or `"45.00"`. Reading E10. */
export const PRICE_FORMS = ['two-decimals', 'one-decimal', 'string'] as const;
export type PriceForm = (typeof PRICE_FORMS)[number];

const MAX_FEN = 10_000_000;
const DECIMAL = /^\d{1,6}(?:\.\d{1,20})?$/;
// Amounts of peers that calculate in 32-bit floats lie a little beside the fen that they mean.
const TOLERANCE_YUAN = 0.0001;

const yuanOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && DECIMAL.test(value)) return Number(value);
  return Number.NaN;
};

/**
 * Reads an amount in yuan, a JSON number or a numeric string, as fen; what lies within 0.0001 yuan of a fen is rounded to it. Throws
 * INVALID_PRICE for anything else and outside 0 to 100000 yuan. Scheme 6.6.2.2.2.13; reading E10.
 */
export const parsePrice = (value: unknown): Fen => {
  const yuan = yuanOf(value);
  const fen = Math.round(yuan * 100);
  if (!(yuan >= 0 && yuan <= MAX_FEN / 100 && Math.abs(yuan - fen / 100) < TOLERANCE_YUAN)) {
    throw new ProtocolError('INVALID_PRICE', 'must be an amount of 0 to 100000 yuan with two decimals');
  }
  // JSON can spell -0, which would print as "-0".
  return (fen + 0) as Fen;
};

/** Takes a whole number of fen from 0 to 100000 yuan. Throws INVALID_PRICE otherwise. */
export const parseFen = (fen: number): Fen => {
  if (!Number.isInteger(fen) || fen < 0 || fen > MAX_FEN) {
    throw new ProtocolError('INVALID_PRICE', 'must be a whole number of fen from 0 to 10000000');
  }
  return fen as Fen;
};

/** An amount in yuan with two decimals, `45.00`. */
export const formatYuan = (fen: Fen): string => {
  const cents = fen % 100;
  return `${(fen - cents) / 100}.${cents < 10 ? '0' : ''}${cents}`;
};

// TypeScript's libraries do not declare it yet.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** A value that JSON.stringify prints as the amount in the given form. Reading E10. */
export const priceJson = (fen: Fen, form: PriceForm): unknown => {
  const text = formatYuan(fen);
  if (form === 'string') return text;
  return rawJSON(form === 'one-decimal' && text.endsWith('0') ? text.slice(0, -1) : text);
};
