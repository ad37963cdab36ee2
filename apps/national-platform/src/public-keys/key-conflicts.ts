import { MAX_KEYS, ProtocolError, type PublicKeyRow } from '@ticket-check/protocol';

/** A known key. */
export type KnownKey = { readonly cinemaCode: string; readonly startTime: string; readonly spki: string };

/**
 * Compares keys with those known under the same modulus. The cinema code in front of a ticket is not encrypted, so one
 * modulus under two cinemas would let one sign tickets of the other (reading T7).
 *
 * @throws ProtocolError KEY_OF_ANOTHER_CINEMA or KEY_CONFLICT, with the row's `index` in the details.
 */
export function assertNoKeyConflict(known: ReadonlyMap<string, KnownKey>, rows: readonly PublicKeyRow[]): void {
  for (const [index, row] of rows.entries()) {
    const before = known.get(row.fingerprint);
    if (before === undefined) continue;
    if (before.cinemaCode !== row.cinemaCode) {
      const message = `PublicKey already belongs to cinema ${before.cinemaCode}`;
      throw new ProtocolError('KEY_OF_ANOTHER_CINEMA', message, { element: 'PublicKey', index }, 400);
    }
    if (before.startTime !== row.startTime) {
      const message = `StartTime of this key is known as ${before.startTime} already`;
      throw new ProtocolError('KEY_CONFLICT', message, { element: 'StartTime', index }, 400);
    }
    if (before.spki !== row.spki) {
      const message = 'PublicKey is known with another exponent already';
      throw new ProtocolError('KEY_CONFLICT', message, { element: 'PublicKey', index }, 400);
    }
  }
}

/**
 * Limits the keys of a cinema, so that a record is never compared with more.
 *
 * @throws ProtocolError KEY_LIMIT, with the `index` of a row of that cinema in the details.
 */
export function assertWithinKeyLimit(counts: ReadonlyMap<string, number>, rows: readonly PublicKeyRow[]): void {
  const index = rows.findIndex(({ cinemaCode }) => (counts.get(cinemaCode) ?? 0) > MAX_KEYS);
  const row = rows[index];
  if (row === undefined) return;
  const message = `CinemaCode ${row.cinemaCode} would have more than ${MAX_KEYS} public keys: import only keys that the cinema signs tickets with`;
  throw new ProtocolError('KEY_LIMIT', message, { element: 'CinemaCode', index }, 400);
}
