import { createHash, type KeyObject } from 'node:crypto';
import { ProtocolError } from '../errors.ts';
import { NO_RSA_KEY, readRsaPublicKey } from '../rsa/rsa-public-key.ts';
import { monthsBefore, type WallClock } from '../time.ts';

/** A cinema's public key, read and judged. */
export type CinemaKeyMaterial = {
  /** For node:crypto; costly to make, so keep it. */
  readonly key: KeyObject;
  /** Base64 of the DER SubjectPublicKeyInfo on one line: the form that is sent on. */
  readonly spki: string;
  /** SHA-256 of the modulus as 64 lower-case hex digits: the same key in whatever form it came. */
  readonly fingerprint: string;
  /** Length in bytes of the blocks that its private half makes; no other block has to be tried. */
  readonly blockLength: number;
};

/** Reads a cinema's public key in any form of K1. Throws PUBLIC_KEY_UNREADABLE, or what `readRsaPublicKey` throws. 6.6.1.4.1.1; T2. */
export const parsePublicKey = (text: string): CinemaKeyMaterial => {
  const read = readRsaPublicKey(text);
  if (read === null) throw new ProtocolError('PUBLIC_KEY_UNREADABLE', NO_RSA_KEY);
  const { key, modulus } = read;
  return {
    key,
    spki: key.export({ format: 'der', type: 'spki' }).toString('base64'),
    fingerprint: createHash('sha256').update(modulus).digest('hex'),
    blockLength: modulus.length,
  };
};

export type CinemaKey = CinemaKeyMaterial & { readonly startTime: WallClock };

type Starting = { readonly startTime: WallClock };

export const newestFirst = (a: { readonly startTime: string }, b: { readonly startTime: string }): number =>
  a.startTime < b.startTime ? 1 : a.startTime > b.startTime ? -1 : 0;

const MONTHS_KEPT = 6;

/** The keys that answer GetPublicKeys, newest first: those in force in the last 6 months, and announced ones. 6.6.1 and 7.6.1; K2. */
export const keysInForce = <Key extends Starting>(keys: readonly Key[], now: WallClock): Key[] => {
  const since = monthsBefore(now, MONTHS_KEPT);
  const sorted = keys.toSorted(newestFirst);
  // Of the keys that started by then, only the newest was still in force; keys that start together share their fate.
  const inForceThen = sorted.find((key) => key.startTime <= since)?.startTime;
  return sorted.filter((key) => key.startTime > since || key.startTime === inForceThen);
};

/** The order in which to try keys: started ones, newest first, then announced ones, soonest first. Scheme 5.2.1; reading T6. */
export const decryptionOrder = <Key extends Starting>(keys: readonly Key[], now: WallClock): Key[] => {
  const sorted = keys.toSorted(newestFirst);
  const started = sorted.filter((key) => key.startTime <= now);
  const announced = sorted.filter((key) => key.startTime > now).reverse();
  return [...started, ...announced];
};

/** The most keys that a cinema may have, at the intake and in a reply to GetPublicKeys: decades of Ukeys. */
export const MAX_KEYS = 64;

/** The most keys of a cinema that a cache keeps: one that sends others each time must not make the work on old records grow. Reading R6. */
export const MAX_KEYS_EVER = 256;

/** A key as a store of ours holds it: Base64 of the DER SubjectPublicKeyInfo on one line. */
export type StoredKey = { readonly cinemaCode: string; readonly spki: string; readonly startTime: WallClock };

/** The most keys of a cinema that stay in memory parsed. */
const MAX_REMEMBERED = 2 * MAX_KEYS_EVER;

/** Makes a reader of keys in the own store, each read once and remembered. An unusable one is left out, and reported once. */
export const storedKeyReader = (onRefused: (key: StoredKey, refusal: ProtocolError) => void) => {
  const known = new Map<string, Map<string, CinemaKeyMaterial | null>>();
  const parse = (key: StoredKey): CinemaKeyMaterial | null => {
    try {
      return parsePublicKey(key.spki);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      onRefused(key, error);
      return null;
    }
  };
  return (key: StoredKey): CinemaKey | null => {
    const ofCinema = known.get(key.cinemaCode) ?? new Map<string, CinemaKeyMaterial | null>();
    const before = ofCinema.get(key.spki);
    const material = before === undefined ? parse(key) : before;
    if (before === undefined && ofCinema.size >= MAX_REMEMBERED) ofCinema.clear();
    known.set(key.cinemaCode, ofCinema.set(key.spki, material));
    return material === null ? null : { ...material, startTime: key.startTime };
  };
};
