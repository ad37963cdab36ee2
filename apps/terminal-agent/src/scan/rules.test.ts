import { parseRecordId, parseWallClock, type TicketInfo } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { makeUkey, OTHER_SCREEN, SCREEN, sellTicket } from '../testing/test-cinema.ts';
import { type AdmissionPolicy, type Circumstances, judgeEntry, judgeTicket, type TicketState } from './rules.ts';

const startTime = parseWallClock('2026-11-24T20:00:00');
const at = (time: string) => parseWallClock(`2026-11-24T${time}`);

describe('a genuine ticket is valid at its time, at its screen, by a clock that can be trusted', () => {
  const usual: Circumstances = {
    now: at('19:55:00'),
    clockTrusted: true,
    window: { minutesBefore: 60, minutesAfter: 120 },
    screens: 'any',
  };
  it.each<[string, Partial<Circumstances>, ReturnType<typeof judgeTicket>]>([
    ['five minutes before the film', {}, null],
    ['one second too early', { now: at('18:59:59') }, 'TOO_EARLY'],
    ['the first admissible second', { now: at('19:00:00') }, null],
    ['the last admissible second', { now: at('22:00:00') }, null],
    ['one second too late', { now: at('22:00:01') }, 'EXPIRED'],
    ['a shorter window', { window: { minutesBefore: 4, minutesAfter: 0 } }, 'TOO_EARLY'],
    ['at its own screen', { screens: [OTHER_SCREEN, SCREEN] }, null],
    ['at another screen', { screens: [OTHER_SCREEN] }, 'WRONG_SCREEN'],
    ['too late at another screen', { now: at('23:00:00'), screens: [OTHER_SCREEN] }, 'EXPIRED'],
    ['by a clock that cannot be trusted', { clockTrusted: false, now: at('23:00:00') }, 'CLOCK_UNTRUSTED'],
  ])('%s', (_name, change, verdict) => {
    expect(judgeTicket({ startTime, screenCode: SCREEN }, { ...usual, ...change })).toBe(verdict);
  });
});

describe('a valid ticket goes in once, by what is known of it', () => {
  const own = parseRecordId('01936000-0000-7000-8000-000000000001');
  const other = parseRecordId('01936000-0000-7000-8000-000000000002');
  const here = { checkTime: at('19:30:00'), gate: 'gate-2' };
  const lenient: AdmissionPolicy = { offline: 'admit', unknownTicket: 'admit' };
  const strict: AdmissionPolicy = { offline: 'refuse', unknownTicket: 'refuse' };
  const { info } = sellTicket(makeUkey(startTime), startTime);
  const known = (change: Partial<TicketInfo>): TicketState => ({ kind: 'known', info: { ...info, ...change } });
  const silent: TicketState = { kind: 'silent' };
  const unknown: TicketState = { kind: 'unknown-ticket' };

  it.each<[string, typeof here | null, TicketState, AdmissionPolicy, ReturnType<typeof judgeEntry>]>([
    ['sold, not refunded, not entered', null, known({}), strict, { verdict: 'ADMIT' }],
    ['refunded', null, known({ refundStatus: 'Yes' }), lenient, { verdict: 'REFUNDED' }],
    [
      'refunded and entered: the refund is the reason',
      here,
      known({ refundStatus: 'Yes', checkStatus: 'Yes' }),
      lenient,
      { verdict: 'REFUNDED' },
    ],
    ['a refund that is not said', null, known({ refundStatus: 'unknown' }), strict, { verdict: 'ADMIT' }],
    ['an entry that is not said', null, known({ checkStatus: 'unknown' }), strict, { verdict: 'ADMIT' }],
    ['entered elsewhere', null, known({ checkStatus: 'Yes' }), lenient, { verdict: 'ALREADY_ENTERED' }],
    [
      'entered elsewhere, and when',
      null,
      known({ checkStatus: 'Yes', entry: { checkTime: at('19:10:00'), recordId: other } }),
      lenient,
      { verdict: 'ALREADY_ENTERED', firstEntry: { checkTime: at('19:10:00') } },
    ],
    [
      'entered by this very scan',
      null,
      known({ checkStatus: 'Yes', entry: { checkTime: at('19:10:00'), recordId: own } }),
      lenient,
      { verdict: 'ADMIT' },
    ],
    ['entered here', here, known({}), lenient, { verdict: 'ALREADY_ENTERED', firstEntry: here }],
    ['entered here, upstream silent', here, silent, strict, { verdict: 'ALREADY_ENTERED', firstEntry: here }],
    ['upstream silent, admitted by policy', null, silent, lenient, { verdict: 'ADMIT' }],
    ['upstream silent, refused by policy', null, silent, strict, { verdict: 'OFFLINE_REFUSED' }],
    ['unknown upstream, admitted by policy', null, unknown, lenient, { verdict: 'ADMIT' }],
    ['unknown upstream, refused by policy', null, unknown, strict, { verdict: 'NOT_SOLD' }],
    ['unknown upstream and entered here', here, unknown, strict, { verdict: 'NOT_SOLD' }],
  ])('%s', (_name, enteredHere, state, policy, judgement) => {
    expect(judgeEntry(own, enteredHere, state, policy)).toEqual(judgement);
  });
});
