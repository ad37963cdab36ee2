import { describe, expect, it } from 'vitest';
import { parseCinemaCode } from '../codes.ts';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { parseCheckTicket } from './check-record.ts';
import { parseRecordId } from './record-id.ts';
import {
  isReversal,
  parseReversal,
  type Reversal,
  readReportReply,
  reportReplyJson,
  reversalsQueryJson,
} from './report.ts';

const fault = {
  index: 3,
  filmTicketCode: '3101000100000795',
  errorCode: 'WRONG_LENGTH',
  errorMessage: 'ScreenCode must hold 16 characters, holds 1',
};
const plain = { extended: false };
const extended = { extended: true };

describe('ReplyData of a report', () => {
  it('says true and nothing else to a plain peer, also about quarantined records', () => {
    expect(reportReplyJson({ result: true, quarantined: [fault] }, plain)).toEqual({ ReportResult: true });
  });

  it('names the first faulty record by index and ticket for everyone, and all of them for an extended peer', () => {
    const first = {
      ReportResult: false,
      ErrorCode: fault.errorCode,
      ErrorMessage: `CheckTickets[3], ticket 3101000100000795: ${fault.errorMessage}`,
    };
    expect(reportReplyJson({ result: false, rejected: [fault] }, plain)).toEqual(first);
    const reply = { result: false, rejected: [fault, { ...fault, index: 4 }] };
    const both = { ...first, ErrorMessage: `${first.ErrorMessage} (refused records: 2)` };
    expect(reportReplyJson(reply, plain)).toEqual(both);
    expect(reportReplyJson(reply, extended)).toMatchObject({ ...both, Rejected: [{ Index: 3 }, { Index: 4 }] });
  });

  it('is read back by an extended peer', () => {
    const rejected = throughJson(reportReplyJson({ result: false, rejected: [fault] }, extended));
    expect(readReportReply(rejected)).toEqual({
      result: false,
      rejected: [fault],
      quarantined: [],
      errorCode: fault.errorCode,
      errorMessage: `CheckTickets[3], ticket 3101000100000795: ${fault.errorMessage}`,
    });
    const quarantined = throughJson(reportReplyJson({ result: true, quarantined: [fault] }, extended));
    expect(readReportReply(quarantined)).toEqual({ result: true, rejected: [], quarantined: [fault] });
  });

  it('cuts texts of a foreign platform to the length that a message and a store can hold', () => {
    const ErrorMessage = `\0\ud800${'票'.repeat(10_000)}`;
    const reply = readReportReply({ ErrorCode: 'x', ErrorMessage, Rejected: [{ Index: 0, ErrorMessage }] });
    for (const text of [reply.errorMessage, reply.rejected[0]?.errorMessage]) {
      expect(text).toMatch(/^ \ufffd票{198}…$/);
    }
  });

  it('reads what a foreign platform says is wrong, and skips faults it cannot place', () => {
    const reply = readReportReply({
      ReportResult: 'false',
      ErrorCode: 1007,
      ErrorMessage: '数据错误',
      Rejected: [{ Index: '0' }, { Index: -1 }, { Index: null }, null, 7, {}],
    });
    expect(reply).toMatchObject({ result: false, errorCode: '1007', errorMessage: '数据错误' });
    expect(reply.rejected.map(({ index }) => index)).toEqual([0]);
    expect(readReportReply({ ReportResult: false, Rejected: 'all' }).rejected).toEqual([]);
  });
});

type ReversalCase = {
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
  it.each(readCases<ReversalCase>('reversals.json'))(
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

  it('is not a check record to a peer that does not know it', () => {
    const read = () => parseCheckTicket(wireOf(reversal)[0], cinemaCode, { extended: true });
    expect(refusalOf(read).code).toBe('MISSING_ELEMENT');
  });
});
