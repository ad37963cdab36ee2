import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_LENGTHS, padCode, parseCinemaCode } from '../codes.ts';
import type { Fen } from '../money.ts';
import type { CinemaKey } from '../public-key/cinema-keys.ts';
import { refusalOf, testCinemaKey, testPrivateKey } from '../testing/vectors.ts';
import { wallClockAt } from '../time.ts';
import { decodeTicketCode } from './decode-ticket-code.ts';
import { encodeTicketCode, type TicketCodeContent } from './encode-ticket-code.ts';
import { readTicketCode } from './read-ticket-code.ts';

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
const codeCharacter = fc.constantFrom(...PRINTABLE.filter((character) => !`"'\`\\`.includes(character)));
const codeOf = (maxLength: number, minLength = 1) => fc.string({ unit: codeCharacter, minLength, maxLength });
const amount = fc.integer({ min: 0, max: 99_999 }).map((fen) => fen as Fen);

const content: fc.Arbitrary<TicketCodeContent> = fc.record({
  cinemaCode: codeOf(8, 8).map(parseCinemaCode),
  filmTicketCode: codeOf(16),
  screenCode: codeOf(16),
  filmCode: codeOf(12),
  sessionCode: codeOf(16),
  startTime: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => wallClockAt(seconds * 1000)),
  seatCode: codeOf(16),
  price: amount,
  service: amount,
});

const ticket: TicketCodeContent = {
  cinemaCode: parseCinemaCode('31010001'),
  filmTicketCode: '3101000100000795',
  screenCode: '0000000000000007',
  filmCode: '001102582019',
  sessionCode: '3101000120261124',
  startTime: wallClockAt(1_795_519_800_000),
  seatCode: '00000401_##8_##9',
  price: 4500 as Fen,
  service: 200 as Fen,
};

const KEY_NAMES = ['cinema-1024', 'cinema-2048'] as const;
const keys = KEY_NAMES.map((name) => ({ privateKey: testPrivateKey(name), cinemaKey: testCinemaKey(name) }));

/** Decodes as a terminal does: with the keys of the cinema that the code names. */
const decodeWithKeysOf = (cinemaCode: string, cinemaKeys: readonly CinemaKey[], code: string) =>
  decodeTicketCode(code, readTicketCode(code).cinemaCode === cinemaCode ? cinemaKeys : []);

describe('ticket info code', () => {
  it('decodes to what was encoded, for every ticket that can be encoded', () => {
    fc.assert(
      fc.property(content, fc.constantFrom(...keys), (made, { privateKey, cinemaKey }) => {
        const { fields } = decodeTicketCode(encodeTicketCode(made, privateKey), [cinemaKey]);
        const { priceText, serviceText, ...values } = fields;
        expect(values).toEqual({
          ...made,
          filmTicketCode: padCode(made.filmTicketCode, CODE_LENGTHS.filmTicketCode),
          screenCode: padCode(made.screenCode, CODE_LENGTHS.screenCode),
          filmCode: padCode(made.filmCode, CODE_LENGTHS.filmCode),
          sessionCode: padCode(made.sessionCode, CODE_LENGTHS.sessionCode),
          seatCode: padCode(made.seatCode, CODE_LENGTHS.seatCode),
        });
        expect(Number(priceText) * 100).toBeCloseTo(made.price, 6);
        expect(Number(serviceText) * 100).toBeCloseTo(made.service, 6);
      }),
      { numRuns: 300 },
    );
  });

  it('decodes with no one byte changed, at any place, to any value', { tags: 'slow' }, () => {
    const { privateKey, cinemaKey } = keys[0]!;
    const code = encodeTicketCode(ticket, privateKey);
    const accepted: string[] = [];
    for (let position = 0; position < code.length; position++) {
      for (let byte = 0; byte < 256; byte++) {
        const character = String.fromCharCode(byte);
        if (character === code[position]) continue;
        const mutated = code.slice(0, position) + character + code.slice(position + 1);
        try {
          decodeWithKeysOf(ticket.cinemaCode, [cinemaKey], mutated);
          accepted.push(`${position}: ${byte}`);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^CODE_(LENGTH|ALPHABET|BASE64|NOT_GENUINE)$/));
        }
      }
    }
    expect(accepted).toEqual([]);
  });

  it.each<[string, Partial<TicketCodeContent>, string]>([
    ['a film ticket code of 17 characters', { filmTicketCode: '0'.repeat(17) }, 'WRONG_LENGTH'],
    ['a film code of 13 characters', { filmCode: '0'.repeat(13) }, 'WRONG_LENGTH'],
    ['an empty seat code', { seatCode: '' }, 'INVALID_CODE'],
    ['a space in a code', { sessionCode: 'S 1' }, 'INVALID_CODE'],
    ['Chinese text in a code', { screenCode: '一号厅' }, 'INVALID_CODE'],
    ['1000 yuan', { price: 100_000 as Fen }, 'INVALID_PRICE'],
    ['a negative service fee', { service: -1 as Fen }, 'INVALID_PRICE'],
  ])('does not encode %s', (_, change, error) => {
    expect(refusalOf(() => encodeTicketCode({ ...ticket, ...change }, keys[0]!.privateKey)).code).toBe(error);
  });
});
