import {
  type ClaimEntry,
  parseRecordId,
  parseWallClock,
  type TicketInfo,
  VERDICTS,
  type Verdict,
} from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { makeUkey, OTHER_SCREEN, SCREEN, sellTicket } from '../testing/test-cinema.ts';
import type { UpstreamAnswer } from '../upstream/ask-upstream.ts';
import {
  type AdmissionPolicy,
  type Circumstances,
  isConfirmed,
  isOverridable,
  isRefundStateKnown,
  judgeEntry,
  judgeOverride,
  judgeTicket,
  policyFor,
} from './rules.ts';

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
  type Answered = UpstreamAnswer & { kind: 'answered' };
  const answered = (change: Partial<Answered>): Answered => ({
    kind: 'answered',
    ticket: info,
    claim: 'none',
    entry: null,
    excludesOthers: true,
    ...change,
  });
  const known = (change: Partial<TicketInfo>) => answered({ ticket: { ...info, ...change } });
  const silent: UpstreamAnswer = { kind: 'silent' };
  const unknown = answered({ ticket: 'unknown-ticket' });
  const claimed = answered({ claim: 'claimed' });
  const by = (recordId: ClaimEntry['recordId'], gate = ''): ClaimEntry => ({
    recordId,
    checkTime: at('19:20:00'),
    gate,
  });
  const takenBy = (entry: ClaimEntry | null) => answered({ claim: 'taken', entry });

  const admit = { verdict: 'ADMIT' } as const;
  const refunded = { verdict: 'REFUNDED' } as const;
  const entered = (firstEntry?: object) => ({ verdict: 'ALREADY_ENTERED', ...(firstEntry && { firstEntry }) });
  const enteredBy = (recordId: typeof own) =>
    known({ checkStatus: 'Yes', entry: { checkTime: at('19:10:00'), recordId } });
  const refundedBefore = answered({ ticket: null, claim: 'taken', refunded: true });
  const throughAnother: UpstreamAnswer = { ...claimed, ticket: { ...info, checkStatus: 'Yes' } };
  const notClaimed: UpstreamAnswer = { ...takenBy(null), ticket: { ...info, refundStatus: 'Yes' } };

  it.each<[string, typeof here | null, UpstreamAnswer, AdmissionPolicy, object]>([
    ['sold, not refunded, not entered', null, known({}), strict, admit],
    ['refunded', null, known({ refundStatus: 'Yes' }), lenient, refunded],
    ['refunded and entered', here, known({ refundStatus: 'Yes', checkStatus: 'Yes' }), lenient, refunded],
    ['a refund that was said before, and is not said now', null, refundedBefore, strict, refunded],
    ['a refund that is not said', null, known({ refundStatus: 'unknown' }), strict, admit],
    ['an entry that is not said', null, known({ checkStatus: 'unknown' }), strict, admit],
    ['entered elsewhere', null, known({ checkStatus: 'Yes' }), lenient, entered()],
    ['entered elsewhere, and when', null, enteredBy(other), lenient, entered({ checkTime: at('19:10:00') })],
    ['entered by this very scan', null, enteredBy(own), lenient, admit],
    ['entered here', here, known({}), lenient, entered(here)],
    ['entered here, upstream silent', here, silent, strict, entered(here)],
    ['upstream silent, admitted by policy', null, silent, lenient, admit],
    ['upstream silent, refused by policy', null, silent, strict, { verdict: 'OFFLINE_REFUSED' }],
    ['unknown upstream, admitted by policy', null, unknown, lenient, admit],
    ['unknown upstream, refused by policy', null, unknown, strict, { verdict: 'NOT_SOLD' }],
    ['unknown upstream and entered here', here, unknown, strict, { verdict: 'NOT_SOLD' }],
    ['claimed', null, claimed, strict, admit],
    ['claimed, its state not known', null, { ...claimed, ticket: null }, strict, admit],
    ['claimed and not sold', null, { ...claimed, ticket: 'unknown-ticket' }, strict, { verdict: 'NOT_SOLD' }],
    ['claimed and entered here', here, claimed, strict, entered(here)],
    ['claimed, and entered through another platform', null, throughAnother, lenient, entered()],
    ['not claimed, for it was refunded', null, notClaimed, lenient, refunded],
    [
      'claimed by another terminal',
      null,
      takenBy(by(other, 'gate-9')),
      lenient,
      entered({ checkTime: at('19:20:00') }),
    ],
    ['claimed by somebody', null, takenBy(null), lenient, entered()],
    ['claimed by this very scan before', null, takenBy(by(own)), strict, admit],
  ])('%s', (_name, enteredHere, state, policy, judgement) => {
    expect(judgeEntry(own, enteredHere, state, policy)).toEqual(judgement);
  });

  it.each<[string, UpstreamAnswer, boolean]>([
    ['a claim', claimed, true],
    ['a claim that this scan made before', takenBy(by(own)), true],
    ['the answer of an upstream that takes no claims', known({}), false],
    ['silence', silent, false],
  ])('%s confirms: %s', (_name, answer, confirmed) => {
    expect(isConfirmed(own, answer, startTime)).toBe(confirmed);
  });

  it.each<[string, UpstreamAnswer, boolean]>([
    ['a ticket that was not refunded', known({}), true],
    ['a ticket that nobody sold', unknown, true],
    ['a peer that does not speak of refunds', known({ refundStatus: 'unknown' }), false],
    ['a claim on what the platform knows itself', { ...claimed, ticket: null }, false],
    ['silence', silent, false],
  ])('with %s the refund state is known: %s', (_name, answer, isKnown) => {
    expect(isRefundStateKnown(answer)).toBe(isKnown);
  });
});

const beganAt = parseWallClock('2026-11-24T19:10:00');
const replaced = { beganAt, askedUpstream: false };

it.each([
  ['has long begun', '2026-11-24T18:00:00', replaced, 60, 'refuse'],
  ['opened in this very second', '2026-11-24T20:10:00', replaced, 60, 'refuse'],
  ['opened a second later', '2026-11-24T20:10:01', replaced, 60, 'admit'],
  ['is tomorrow', '2026-11-25T20:00:00', replaced, 60, 'admit'],
  ['opens later at this terminal', '2026-11-24T20:00:00', replaced, 30, 'admit'],
  ['opened earlier at this terminal', '2026-11-24T20:00:00', replaced, 90, 'refuse'],
  ['is open, once the upstream was asked', '2026-11-24T19:30:00', { beganAt, askedUpstream: true }, 60, 'admit'],
])('offline, a session that %s is decided so', (_name, startTime, replacement, minutesBefore, offline) => {
  const policy = { offline: 'admit', unknownTicket: 'refuse' } as const;
  const ticket = { startTime: parseWallClock(startTime) };
  expect(policyFor(ticket, policy, replacement, minutesBefore)).toEqual({ ...policy, offline });
});

it('lets every refusal of a genuine ticket be overridden, and none that found no ticket or no time', () => {
  const verdicts = Object.keys(VERDICTS) as Verdict[];
  expect(verdicts.filter(isOverridable).sort()).toEqual([
    'ALREADY_ENTERED',
    'ETICKET_ONLY',
    'ETICKET_STALE',
    'EXPIRED',
    'NOT_SOLD',
    'OFFLINE_REFUSED',
    'REFUNDED',
    'TOO_EARLY',
    'WRONG_SCREEN',
  ]);
});

it('lets a refusal be overridden until the last second of its business date', () => {
  const refusal = { scannedAt: at('19:40:00'), overriddenBy: null, enteredSince: false };
  const judged = (time: string) => judgeOverride(refusal, { at: parseWallClock(time), stoodBack: false });
  expect(judged('2026-11-25T05:59:59')).toBeNull();
  expect(judged('2026-11-25T06:00:00')).toBe('not-today');
});
