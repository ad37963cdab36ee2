import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { policyFor } from './admission-policy.ts';

const policy = { offline: 'admit', unknownTicket: 'refuse' } as const;
const beganAt = parseWallClock('2026-11-24T19:10:00');
const fresh = { beganAt, askedUpstream: false };
const of = (startTime: string) => ({ startTime: parseWallClock(startTime) });

it.each([
  ['has long begun', '2026-11-24T18:00:00', 'refuse'],
  ['opened in this very second', '2026-11-24T20:10:00', 'refuse'],
  ['opened a second later', '2026-11-24T20:10:01', 'admit'],
  ['is tomorrow', '2026-11-25T20:00:00', 'admit'],
])('offline, a session that %s is decided so', (_name, startTime, offline) => {
  expect(policyFor(of(startTime), policy, fresh, 60)).toEqual({ ...policy, offline });
});

it('follows the hour from which this terminal admits', () => {
  expect(policyFor(of('2026-11-24T20:00:00'), policy, fresh, 30).offline).toBe('admit');
  expect(policyFor(of('2026-11-24T20:00:00'), policy, fresh, 90).offline).toBe('refuse');
});

it('changes nothing once the upstream was asked, nor for a store that lost nothing', () => {
  const open = of('2026-11-24T19:30:00');
  expect(policyFor(open, policy, { beganAt, askedUpstream: true }, 60)).toBe(policy);
  expect(policyFor(open, policy, null, 60)).toBe(policy);
});

it('never admits more than the policy does', () => {
  const strict = { offline: 'refuse', unknownTicket: 'admit' } as const;
  expect(policyFor(of('2026-11-25T20:00:00'), strict, fresh, 60).offline).toBe('refuse');
});
