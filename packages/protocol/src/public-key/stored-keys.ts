import { ProtocolError } from '../errors.ts';
import type { TicketCodeScheme } from '../ticket-code-schemes/ticket-code-scheme.ts';
import { TICKET_CODE_SCHEMES } from '../ticket-code-schemes/ticket-code-schemes.ts';
import type { WallClock } from '../time.ts';
import type { CinemaKey } from './keys-in-force.ts';
import { type CinemaKeyMaterial, parsePublicKey } from './parse-public-key.ts';

/** The most keys that a cinema may have, at the intake and in a reply to GetPublicKeys: decades of Ukeys. */
export const MAX_KEYS = 64;

/**
 * The most keys of a cinema that a cache keeps of all it ever received: four times as many as a cinema may have. A bound,
 * because a platform above that sends other keys each time would make the work on old records grow without limit. Reading R6.
 */
export const MAX_KEYS_EVER = 256;

/** A key as a store of ours holds it: Base64 of the DER SubjectPublicKeyInfo on one line. */
export type StoredKey = { readonly cinemaCode: string; readonly spki: string; readonly startTime: WallClock };

/** The most keys of a cinema that stay in memory parsed: twice `MAX_KEYS_EVER`. */
const MAX_REMEMBERED = 2 * MAX_KEYS_EVER;

/**
 * Makes a reader of keys that lie in the own store. Each is read once and remembered, since a key never changes. One that
 * cannot be used is left out, and reported to `onRefused` once.
 */
export const storedKeyReader = (
  onRefused: (key: StoredKey, refusal: ProtocolError) => void,
  schemes: readonly TicketCodeScheme[] = TICKET_CODE_SCHEMES,
) => {
  const known = new Map<string, Map<string, CinemaKeyMaterial | null>>();
  const read = (key: StoredKey): CinemaKeyMaterial | null => {
    const ofCinema = known.get(key.cinemaCode) ?? new Map<string, CinemaKeyMaterial | null>();
    known.set(key.cinemaCode, ofCinema);
    const before = ofCinema.get(key.spki);
    const material = before === undefined ? materialOf(key, schemes, onRefused) : before;
    // What was read last stands last.
    ofCinema.delete(key.spki);
    ofCinema.set(key.spki, material);
    const [longestAgo] = ofCinema.keys();
    if (ofCinema.size > MAX_REMEMBERED && longestAgo !== undefined) ofCinema.delete(longestAgo);
    return material;
  };
  return (key: StoredKey): CinemaKey | null => {
    const material = read(key);
    return material === null ? null : { ...material, startTime: key.startTime };
  };
};

const materialOf = (
  key: StoredKey,
  schemes: readonly TicketCodeScheme[],
  onRefused: (key: StoredKey, refusal: ProtocolError) => void,
): CinemaKeyMaterial | null => {
  try {
    return parsePublicKey(key.spki, schemes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    onRefused(key, error);
    return null;
  }
};
