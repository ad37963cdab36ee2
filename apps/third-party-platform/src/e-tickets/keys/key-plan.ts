import type { ETicketKeyRow } from '../e-ticket-tables.ts';
import type { ListedETicketKey } from './e-ticket-key-row.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const SIGNS_MS = 30 * DAY_MS;
/** How long before it signs a key is published, so that terminals have it by then, those too that were off for a night. */
const PUBLISHED_BEFORE_MS = DAY_MS;
/** How long e-tickets of a key are accepted after it signed its last one; the last one counts for five minutes. */
const ACCEPTED_AFTER_MS = 10 * MINUTE_MS;
/** How long an expired key is still listed, so that a terminal can distinguish an old e-ticket from a forged one. */
const LISTED_AFTER_MS = DAY_MS;

/** When a key signs; epoch milliseconds. */
export type KeyTimes = Readonly<Omit<ETicketKeyRow, 'privateKey'>>;

export type NewKey = Pick<KeyTimes, 'validFrom' | 'signsUntil'>;

const isRevoked = ({ revokedAt }: KeyTimes): boolean => revokedAt !== null;

export const acceptedUntil = ({ signsUntil }: Pick<KeyTimes, 'signsUntil'>): number => signsUntil + ACCEPTED_AFTER_MS;

/** The key that signs at a moment: of those that may, the one that began last. */
export function signingKey<K extends KeyTimes>(keys: readonly K[], now: number): K | null {
  const able = keys.filter((key) => !isRevoked(key) && key.validFrom <= now && now < key.signsUntil);
  return able.toSorted((a, b) => b.validFrom - a.validFrom || (a.keyId < b.keyId ? -1 : 1))[0] ?? null;
}

/**
 * The state of a key among all keys at a moment: it signs, will sign, no longer signs, or was revoked. A key that was replaced early
 * stays REPLACED for weeks, and signs again if the key that replaced it is revoked.
 */
export function keyState(key: KeyTimes, keys: readonly KeyTimes[], now: number): ListedETicketKey['State'] {
  if (isRevoked(key)) return 'REVOKED';
  if (signingKey(keys, now)?.keyId === key.keyId) return 'SIGNS';
  return key.validFrom > now ? 'NEXT' : 'REPLACED';
}

/** Whether a key is published: until it has been over for a day. It is not needed any more then. */
export const isPublished = (key: KeyTimes, now: number): boolean => now < acceptedUntil(key) + LISTED_AFTER_MS;

/**
 * The key that has to be made now, if any: one that signs at once where none does, and the next one in time to be published for a
 * day and a half before the last one ends.
 */
export function dueKey(keys: readonly KeyTimes[], now: number): NewKey | null {
  if (signingKey(keys, now) === null) return signingFrom(now);
  const lastUntil = Math.max(...keys.filter((key) => !isRevoked(key)).map(({ signsUntil }) => signsUntil));
  return lastUntil - now <= 1.5 * PUBLISHED_BEFORE_MS ? signingFrom(lastUntil) : null;
}

/** A key that takes over from the present one as soon as terminals have had a day to fetch it; null if the next one waits already. */
export function earlierKey(keys: readonly KeyTimes[], now: number): NewKey | null {
  const waits = keys.some((key) => !isRevoked(key) && key.validFrom > now);
  return waits ? null : signingFrom(now + PUBLISHED_BEFORE_MS);
}

const signingFrom = (validFrom: number): NewKey => ({ validFrom, signsUntil: validFrom + SIGNS_MS });
