import { describe, expect, it } from 'vitest';
import type { CinemaCode } from '../codes.ts';
import type { Fen } from '../money.ts';
import { readCases, refusalOf, testCinemaKey, testPrivateKey } from '../testing/vectors.ts';
import type { WallClock } from '../time.ts';
import { decodeTicketCode } from './decode-ticket-code.ts';
import { encodeTicketCode } from './encode-ticket-code.ts';

type Codes = 'filmTicketCode' | 'screenCode' | 'filmCode' | 'sessionCode' | 'seatCode';
type Fields = Record<Codes, string> & { key: string; cinemaCode: CinemaCode; startTime: WallClock };
type CodeCase = {
  name: string;
  keys: string[];
  code: string;
  expected?: Fields & { priceFen: number | null; priceText: string; serviceFen: number | null; serviceText: string };
  encode?: Fields & { priceFen: Fen; serviceFen: Fen };
  error?: string;
  field?: string;
};

const cases = readCases<CodeCase>('ticket-codes.json');

describe('ticket info codes made with OpenSSL', () => {
  it.each(cases)('decodes: $name', ({ code, keys: names, expected, error, field }) => {
    const keys = names.map(testCinemaKey);
    if (expected === undefined) {
      const refusal = refusalOf(() => decodeTicketCode(code, keys));
      expect(refusal.code).toBe(error);
      expect(refusal.details?.field).toBe(field);
      return;
    }
    const { key: keyName, priceFen, serviceFen, ...fields } = expected;
    const decoded = decodeTicketCode(code, keys);
    expect(decoded.fields).toEqual({ ...fields, price: priceFen, service: serviceFen });
    expect(decoded.key).toBe(keys[names.indexOf(keyName)]);
  });

  it.each(cases.filter((each) => each.encode !== undefined))('encodes: $name', ({ code, encode }) => {
    const { key, priceFen: price, serviceFen: service, ...codes } = encode!;
    expect(encodeTicketCode({ ...codes, price, service }, testPrivateKey(key))).toBe(code);
  });
});
