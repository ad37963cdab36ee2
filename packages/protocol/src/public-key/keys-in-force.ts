import { monthsBefore, type WallClock } from '../time.ts';
import type { CinemaKeyMaterial } from './parse-public-key.ts';

/** A cinema's public key with the time from which the cinema signs with it. */
export type CinemaKey = CinemaKeyMaterial & { readonly startTime: WallClock };

type Starting = { readonly startTime: WallClock };

const newestFirst = (a: Starting, b: Starting): number =>
  a.startTime < b.startTime ? 1 : a.startTime > b.startTime ? -1 : 0;

const MONTHS_KEPT = 6;

/**
 * The keys that answer GetPublicKeys: every key in force at any moment of the last 6 months (the current one however
 * old, and those whose successor started since), and those announced with a future start. Newest first.
 * Scheme 6.6.1 and 7.6.1; reading K2.
 */
export const keysInForce = <Key extends Starting>(keys: readonly Key[], now: WallClock): Key[] => {
  const since = monthsBefore(now, MONTHS_KEPT);
  const sorted = keys.toSorted(newestFirst);
  // Of the keys that started by then, only the newest was still in force; keys that start together share their fate.
  const inForceThen = sorted.find((key) => key.startTime <= since)?.startTime;
  return sorted.filter((key) => key.startTime > since || key.startTime === inForceThen);
};

/**
 * The order in which to try keys: those that have started, newest first, then those with a future start, soonest first
 * (a box office may be minutes ahead). Scheme 5.2.1; reading T6.
 */
export const decryptionOrder = <Key extends Starting>(keys: readonly Key[], now: WallClock): Key[] => {
  const sorted = keys.toSorted(newestFirst);
  const started = sorted.filter((key) => key.startTime <= now);
  const announced = sorted.filter((key) => key.startTime > now).reverse();
  return [...started, ...announced];
};
