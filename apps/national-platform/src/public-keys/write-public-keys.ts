import { type CheckRecordTables, requestReviews } from '@ticket-check/check-records';
import { type CinemaCode, MAX_KEYS, ProtocolError, type PublicKeyRow } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';
import type { PublicKeyTables } from './cinema-keys.ts';

const COLUMNS = { fingerprint: 'text', cinemaCode: 'text', startTime: 'text', spki: 'text' } as const;

/**
 * Writes public keys of cinemas, and returns how many were new. A key is never changed. Records quarantined for lack of a
 * new key are judged again in the background (reading R6).
 *
 * @throws ProtocolError KEY_OF_ANOTHER_CINEMA (reading T7), KEY_CONFLICT or KEY_LIMIT.
 */
export async function writePublicKeys(
  store: Store<PublicKeyTables & CinemaTables>,
  trx: Kysely<PublicKeyTables & CinemaTables>,
  rows: readonly PublicKeyRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const given = store.rowsAsTable(
    rows.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    COLUMNS,
  );
  const inserted = await trx
    .insertInto('publicKey')
    .columns(['fingerprint', 'cinemaCode', 'startTime', 'spki'])
    .expression((eb) =>
      eb
        .selectFrom(given.as('given'))
        .select(['given.fingerprint', 'given.cinemaCode', 'given.startTime', 'given.spki'])
        .where(eb.lit(true)),
    )
    .onConflict((conflict) => conflict.column('fingerprint').doNothing())
    .returning(['fingerprint', 'cinemaCode'])
    .execute();
  // Compare after the insert, to see keys that another import wrote at the same moment.
  assertNoKeyConflict(await loadKnownKeys(store, trx, rows), rows);
  if (inserted.length === 0) return 0;
  const cinemaCodes = new Set(inserted.map(({ cinemaCode }) => cinemaCode as CinemaCode));
  await requestReviews(trx.withTables<CheckRecordTables>(), cinemaCodes);
  // Count under the lock, so that two imports for one cinema cannot exceed the limit together.
  assertWithinKeyLimit(await loadKeyCounts(store, trx, cinemaCodes), rows);
  return inserted.length;
}

async function loadKnownKeys(
  store: Store<PublicKeyTables & CinemaTables>,
  db: Kysely<PublicKeyTables & CinemaTables>,
  rows: readonly PublicKeyRow[],
): Promise<Map<string, KnownKey>> {
  const fingerprints = rows.map(({ fingerprint }) => ({ fingerprint }));
  const stored = await db
    .selectFrom('publicKey')
    .selectAll()
    .where('fingerprint', 'in', (eb) =>
      eb.selectFrom(store.rowsAsTable(fingerprints, { fingerprint: 'text' }).as('given')).select('given.fingerprint'),
    )
    .execute();
  return new Map(stored.map(({ fingerprint, ...key }) => [fingerprint, key]));
}

async function loadKeyCounts(
  store: Store<PublicKeyTables & CinemaTables>,
  db: Kysely<PublicKeyTables & CinemaTables>,
  cinemaCodes: Iterable<CinemaCode>,
): Promise<Map<string, number>> {
  const asked = [...cinemaCodes].map((cinemaCode) => ({ cinemaCode }));
  const rows = await db
    .selectFrom('publicKey')
    .select((eb) => ['cinemaCode', eb.fn.countAll<number>().as('count')])
    .where('cinemaCode', 'in', (eb) =>
      eb.selectFrom(store.rowsAsTable(asked, { cinemaCode: 'text' }).as('given')).select('given.cinemaCode'),
    )
    .groupBy('cinemaCode')
    .execute();
  return new Map(rows.map(({ cinemaCode, count }) => [cinemaCode, count]));
}

type KnownKey = { readonly cinemaCode: string; readonly startTime: string; readonly spki: string };

/**
 * Compares keys with those known under the same modulus. The cinema code in front of a ticket is not encrypted, so one
 * modulus under two cinemas would let one sign tickets of the other (reading T7).
 *
 * @throws ProtocolError KEY_OF_ANOTHER_CINEMA or KEY_CONFLICT, with the row's `index` in the details.
 */
function assertNoKeyConflict(known: ReadonlyMap<string, KnownKey>, rows: readonly PublicKeyRow[]): void {
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
function assertWithinKeyLimit(counts: ReadonlyMap<string, number>, rows: readonly PublicKeyRow[]): void {
  const index = rows.findIndex(({ cinemaCode }) => (counts.get(cinemaCode) ?? 0) > MAX_KEYS);
  const row = rows[index];
  if (row === undefined) return;
  const message = `CinemaCode ${row.cinemaCode} would have more than ${MAX_KEYS} public keys: import only keys that the cinema signs tickets with`;
  throw new ProtocolError('KEY_LIMIT', message, { element: 'CinemaCode', index }, 400);
}
