import { ProtocolError } from '../errors.ts';
import type { WallClock } from '../time.ts';
import type { CinemaKey } from './keys-in-force.ts';
import { type CinemaKeyMaterial, parsePublicKey } from './parse-public-key.ts';

/** The most keys that a cinema may have, at the intake and in a reply to GetPublicKeys: decades of Ukeys. */
export const MOST_KEYS = 64;

/** A key as a store of ours holds it: Base64 of the DER SubjectPublicKeyInfo on one line. */
export type StoredKey = { readonly cinemaCode: string; readonly spki: string; readonly startTime: WallClock };

/**
 * Makes a reader of keys that lie in the own store. Each is read once and remembered, since a key never changes. One that
 * an earlier version took and this one refuses is left out, and told to `onRefused` once.
 */
export const storedKeyReader = (onRefused: (key: StoredKey, refusal: ProtocolError) => void) => {
  const known = new Map<string, CinemaKeyMaterial | null>();
  const read = (key: StoredKey): CinemaKeyMaterial | null => {
    const before = known.get(key.spki);
    if (before !== undefined) return before;
    const material = materialOf(key, onRefused);
    known.set(key.spki, material);
    return material;
  };
  return (key: StoredKey): CinemaKey | null => {
    const material = read(key);
    return material === null ? null : { ...material, startTime: key.startTime };
  };
};

const materialOf = (
  key: StoredKey,
  onRefused: (key: StoredKey, refusal: ProtocolError) => void,
): CinemaKeyMaterial | null => {
  try {
    return parsePublicKey(key.spki);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    onRefused(key, error);
    return null;
  }
};
