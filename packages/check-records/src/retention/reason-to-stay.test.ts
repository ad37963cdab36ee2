import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { type RecordFacts, reasonToStay } from './reason-to-stay.ts';

const cutoff = parseWallClock('2023-11-24T06:00:00');
const terms = {
  at: parseWallClock('2026-11-24T20:00:00'),
  cutoff,
  deliveredSince: parseWallClock('2026-11-21T20:00:00'),
};
const old = {
  startTime: '2023-11-23T20:00:00',
  checkTime: '2023-11-23T19:50:00',
  receivedAt: '2023-11-23T19:50:05',
  quarantine: null,
};
const nothing: RecordFacts = { isQueued: false, isDouble: false, deliveredAt: null };

it('lets a record go that is old, sent and settled', () => {
  expect(reasonToStay(old, nothing, terms)).toBeNull();
  expect(reasonToStay(old, { ...nothing, deliveredAt: '2026-11-21T19:59:59' }, terms)).toBeNull();
});

it.each<[string, string, Partial<typeof old> | object, Partial<RecordFacts>]>([
  ['checked at the cutoff', 'LATER', { checkTime: cutoff }, {}],
  ['received at the cutoff', 'LATER', { receivedAt: cutoff }, {}],
  ['of a session at the cutoff', 'LATER', { startTime: cutoff }, {}],
  ['quarantined', 'QUARANTINED', { quarantine: 'CODE_NOT_GENUINE' }, {}],
  ['in the outbox', 'UNSENT', {}, { isQueued: true }],
  ['delivered in the last days', 'MAY_BE_SENT_AGAIN', {}, { deliveredAt: '2026-11-21T20:00:00' }],
  ['of a ticket with another entry', 'DOUBLE', {}, { isDouble: true }],
])('keeps one that is %s: %s', (_what, reason, changes, facts) => {
  expect(reasonToStay({ ...old, ...changes }, { ...nothing, ...facts }, terms)).toBe(reason);
});
