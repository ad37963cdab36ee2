import { describe, expect, it } from 'vitest';
import { makeKeyPair } from './e-ticket-keys.ts';
import { acceptedUntil, dueKey, earlierKey, isPublished, type KeyTimes, keyState, signingKey } from './key-plan.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T = 1_795_433_400_000;

const key = (keyId: string, validFrom: number, changes: Partial<KeyTimes> = {}): KeyTimes => ({
  keyId,
  validFrom,
  signsUntil: validFrom + 30 * DAY,
  revokedAt: null,
  ...changes,
});

describe('the keys of e-tickets', () => {
  it('are in the state that their use gives: one signs, the next waits, a revoked one stays revoked', () => {
    const keys = [key('next', T + DAY), key('signs', T - DAY), key('former', T - 20 * DAY), key('over', T - 40 * DAY)];
    const states = (all: readonly KeyTimes[]) => all.map((one) => keyState(one, all, T));
    expect(states(keys)).toEqual(['NEXT', 'SIGNS', 'REPLACED', 'REPLACED']);
    const revoked = keys.map((one) => (one.keyId === 'next' || one.keyId === 'signs' ? { ...one, revokedAt: T } : one));
    expect(states(revoked)).toEqual(['REVOKED', 'REVOKED', 'SIGNS', 'REPLACED']);
  });

  it('begin with one that signs at once, and so again where the only one was revoked or ended unseen', () => {
    const atOnce = { validFrom: T, signsUntil: T + 30 * DAY };
    expect(dueKey([], T)).toEqual(atOnce);
    expect(dueKey([key('a', T - DAY, { revokedAt: T - 1 })], T)).toEqual(atOnce);
    expect(dueKey([key('a', T - 31 * DAY)], T)).toEqual(atOnce);
    // One that is to sign later helps nobody now.
    expect(dueKey([key('a', T - DAY, { revokedAt: T }), key('b', T + DAY)], T)).toEqual(atOnce);
  });

  it('follow one another without a gap, each published for a day and more before it signs', () => {
    const keys: KeyTimes[] = [];
    for (let now = T; now < T + 200 * DAY; now += HOUR) {
      const due = dueKey(keys, now);
      if (due !== null) {
        if (keys.length > 0) expect(due.validFrom - now).toBeGreaterThanOrEqual(DAY);
        keys.push(key(`key ${keys.length}`, due.validFrom));
      }
      expect(signingKey(keys, now)).not.toBeNull();
      expect(dueKey(keys, now)).toBeNull();
    }
    expect(keys).toHaveLength(7);
    const [first, second] = keys as [KeyTimes, KeyTimes];
    expect(second.validFrom).toBe(first.signsUntil);
    expect(acceptedUntil(first) - first.signsUntil).toBe(10 * 60_000);
  });

  it('give way to one that is made earlier, a day after it was published, once', () => {
    const keys = [key('a', T - DAY)];
    const next = earlierKey(keys, T);
    expect(next).toEqual({ validFrom: T + DAY, signsUntil: T + 31 * DAY });
    const both = [...keys, key('b', T + DAY)];
    expect(earlierKey(both, T)).toBeNull();
    expect(signingKey(both, T + DAY - 1)?.keyId).toBe('a');
    expect(signingKey(both, T + DAY)?.keyId).toBe('b');
  });

  it('are listed for a day after they were accepted last, revoked ones too', () => {
    const keys = [key('a', T, { revokedAt: T + 1 }), key('b', T)];
    const end = T + 30 * DAY + 10 * 60_000 + DAY;
    const published = (at: number) => keys.filter((one) => isPublished(one, at)).map(({ keyId }) => keyId);
    expect([published(end - 1), published(end)]).toEqual([['a', 'b'], []]);
  });
});

it('makes no key that a command could not name', () => {
  // Of 64 ids one begins with a hyphen.
  for (let made = 0; made < 500; made += 1) expect(makeKeyPair('ed25519').keyId).not.toMatch(/^-/);
});
