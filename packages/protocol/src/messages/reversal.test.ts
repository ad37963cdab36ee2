import { describe, expect, it } from 'vitest';
import { parseCinemaCode } from '../codes.ts';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { parseCheckTicket } from './check-record.ts';
import { parseRecordId } from './record-id.ts';
import { isReversal, parseReversal, type Reversal, reversalsQueryJson } from './report.ts';

type Case = {
  name: string;
  cinemaCode: string;
  announced: boolean;
  element: unknown;
  expected?: Record<string, string> | null;
  error?: string;
  at?: string;
};

const { cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime, recordId } = checkRecord;
const reversal: Reversal = {
  cinemaCode,
  filmTicketCode,
  startTime,
  ticketInfoCode,
  checkTime,
  recordId: parseRecordId('019389f3-0000-7abc-8def-0123456789ab'),
  reverses: recordId,
  reversedAt: checkTime,
};
const wireOf = (given: Reversal) =>
  throughJson(reversalsQueryJson(given.cinemaCode, [given])).CheckTickets as Record<string, unknown>[];

describe('a compensating record on the wire', () => {
  it.each(readCases<Case>('reversals.json'))(
    '$name',
    ({ cinemaCode: code, announced, element, expected, error, at }) => {
      const cinema = parseCinemaCode(code);
      expect(isReversal(element, { extended: announced })).toBe(expected !== null);
      if (error !== undefined) {
        const refusal = refusalOf(() => parseReversal(element, cinema));
        expect([refusal.code, refusal.details?.element]).toEqual([error, at]);
      } else if (expected) expect(wireOf(parseReversal(element, cinema))).toEqual([expected]);
    },
  );

  it('is read back', () => {
    expect(parseReversal(wireOf(reversal)[0], cinemaCode)).toEqual(reversal);
  });

  it('is not a check record to a peer that does not know it', () => {
    const read = () => parseCheckTicket(wireOf(reversal)[0], cinemaCode, { extended: true });
    expect(refusalOf(read).code).toBe('MISSING_ELEMENT');
  });
});
