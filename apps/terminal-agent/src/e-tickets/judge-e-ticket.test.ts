import { addSeconds, parseWallClock, unixSecondsOf } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { E_TICKET_OBJECTIONS, type ETicketCircumstances, judgeETicket } from './judge-e-ticket.ts';

const now = parseWallClock('2026-11-28T19:50:00');
const ownHost = 'tickets.example.cn';
const key = { validUntil: addSeconds(now, 86_400), revokedAt: null };
const lastSecond = { validUntil: now, revokedAt: null };
const expired = { validUntil: addSeconds(now, -1), revokedAt: null };
const revoked = { ...expired, revokedAt: addSeconds(now, 60) };
const revokedBefore = { ...key, revokedAt: addSeconds(now, -60) };
const usual = { ownHost, key, isSigned: true, areKeysFresh: false, now, clockTrusted: true };
const WRONG_CLOCK = { clockTrusted: false };

it.each<[string, Partial<ETicketCircumstances>, ageSeconds: number, kind: string, fault?: string]>([
  ['good', {}, 0, 'good'],
  ['five minutes old', {}, 300, 'good'],
  ['five minutes ahead', {}, -300, 'good'],
  ['older', {}, 301, 'stale', 'e-ticket-time'],
  ['further ahead', {}, -301, 'stale', 'e-ticket-time'],
  ['good by a clock that is not trusted', WRONG_CLOCK, 300, 'good'],
  ['too old by one', WRONG_CLOCK, 301, 'stale', 'e-ticket-clock'],
  ['too far ahead by one', WRONG_CLOCK, -301, 'stale', 'e-ticket-clock'],
  ['of a platform that is not known yet', { ownHost: null, key: null, isSigned: false }, 0, 'keys-pending'],
  ['of another platform', { ownHost: 'other.example.cn', isSigned: false }, 301, 'elsewhere'],
  ['where the platform has none', { ownHost: 'none', key: null }, 0, 'elsewhere'],
  ['of an unknown key', { key: null, isSigned: false }, 301, 'keys-pending'],
  ['of a key of nobody', { key: null, areKeysFresh: true }, 0, 'invalid', 'e-ticket-key-unknown'],
  ['not signed by its key', { key: revoked, isSigned: false }, 301, 'invalid', 'e-ticket-signature'],
  ['of a revoked key', { key: revoked }, 0, 'stale', 'e-ticket-key-revoked'],
  ['of a key revoked a minute ago', { key: revokedBefore }, 0, 'stale', 'e-ticket-key-revoked'],
  ['of a known key, all keys fetched for it', { areKeysFresh: true }, 0, 'good'],
  ['of a revoked key, by a wrong clock', { key: revoked, ...WRONG_CLOCK }, 301, 'stale', 'e-ticket-key-revoked'],
  ['in the last second of its key', { key: lastSecond }, 0, 'good'],
  ['of an expired key', { key: expired }, 0, 'stale', 'e-ticket-key-expired'],
  ['of an expired key, and old', { key: expired }, 301, 'stale', 'e-ticket-key-expired'],
  ['of an expired key, by a wrong clock', { key: expired, ...WRONG_CLOCK }, 0, 'stale', 'e-ticket-clock'],
])('an e-ticket is judged by the first that stands against it: %s', (_name, circumstances, ageSeconds, kind, fault) => {
  const eTicket = { host: ownHost, time: unixSecondsOf(now) - ageSeconds };
  expect(judgeETicket(eTicket, { ...usual, ...circumstances })).toEqual({ kind, ...(fault && { fault }) });
});

it('is never called old by a clock that is not trusted, nor forged where a known key signed it', () => {
  expect(E_TICKET_OBJECTIONS['e-ticket-clock']).toBe('CLOCK_UNTRUSTED');
  for (const named of [key, lastSecond, expired, revoked, revokedBefore])
    for (const clockTrusted of [true, false])
      for (const ageSeconds of [-301, 0, 301]) {
        const eTicket = { host: ownHost, time: unixSecondsOf(now) - ageSeconds };
        const judged = judgeETicket(eTicket, { ...usual, key: named, clockTrusted });
        expect('fault' in judged && E_TICKET_OBJECTIONS[judged.fault]).not.toBe('NOT_GENUINE');
      }
});
