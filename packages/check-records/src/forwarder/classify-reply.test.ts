import type { Outcome } from '@ticket-check/exchange';
import type { ReportReply } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { makeRecords } from '../testing/records.ts';
import { classifyReply } from './classify-reply.ts';

const batch = makeRecords(3).map((record) => ({ record, revision: 0 }));
const delivered = (reply: Partial<ReportReply>): Outcome<ReportReply> => ({
  kind: 'delivered',
  reply: { result: false, rejected: [], quarantined: [], ...reply },
  extensions: new Set(),
  generation: null,
});
const fault = (index: number, filmTicketCode = batch[index]?.record.filmTicketCode ?? '') => ({
  index,
  filmTicketCode,
  errorCode: 'WRONG_LENGTH',
  errorMessage: 'ScreenCode',
});

describe('what an answer means for a batch', () => {
  it.each([
    ['a position outside the batch', [fault(3, '7'.repeat(16))]],
    ['another ticket at the position', [fault(1, '9'.repeat(16))]],
    ['a good and a wrong position', [fault(1), fault(7, '7'.repeat(16))]],
  ])('believes no list that names %s', (_, rejected) => {
    expect(classifyReply(batch, delivered({ rejected }))).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['account', 'SIGNATURE_INVALID', 'upstream'],
    ['clock', 'CLOCK_SKEW', 'upstream'],
    ['transport', 'ECONNREFUSED', 'upstream'],
    ['cinema', 'CINEMA_NOT_ALLOWED', 'cinema'],
    ['timeout', 'TIMEOUT', 'cinema'],
    ['overload', 'KEYS_UNAVAILABLE', 'cinema'],
    ['http', 'HTTP_502', 'cinema'],
    ['garbage', 'REPLY_UNREADABLE', 'cinema'],
  ] as const)('holds on a failure of %s', (detail, code, concerns) => {
    expect(classifyReply(batch, { kind: 'retry', code, message: '', detail })).toMatchObject({
      kind: 'hold',
      concerns,
      halve: detail === 'timeout',
      content: detail === 'timeout',
    });
  });

  it.each([
    ['overload', 'OVERLOADED'],
    ['overload', 'BODY_TOO_SLOW'],
    ['http', 'HTTP_408'],
    ['http', 'HTTP_504'],
  ] as const)('sends half as many after a failure of %s (%s), and suspects no record', (detail, code) => {
    expect(classifyReply(batch, { kind: 'retry', code, message: '', detail })).toMatchObject({
      kind: 'hold',
      concerns: 'cinema',
      halve: true,
      content: false,
    });
  });

  it('holds a cinema that the peer does not know yet: that says nothing about any record', () => {
    const unknown = delivered({ errorCode: 'CINEMA_UNKNOWN', errorMessage: 'No cinema has this code.' });
    expect(classifyReply(batch, unknown)).toEqual({
      kind: 'hold',
      concerns: 'cinema',
      halve: false,
      content: false,
      fault: { code: 'CINEMA_UNKNOWN', message: 'No cinema has this code.' },
    });
    expect(classifyReply(batch, { kind: 'rejected', code: 'CINEMA_UNKNOWN', message: '' })).toMatchObject({
      kind: 'hold',
    });
  });
});
