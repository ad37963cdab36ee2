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
  assertNoKeyConflict(await loadKnownKeys(trx.withTables<PublicKeyTables>(), rows), rows);
  if (inserted.length === 0) return 0;
  const cinemaCodes = new Set(inserted.map(({ cinemaCode }) => cinemaCode as CinemaCode));
  await requestReviews(trx.withTables<CheckRecordTables>(), cinemaCodes);
  // Count under the lock, so that two imports for one cinema cannot exceed the limit together.
  assertWithinKeyLimit(await loadKeyCounts(trx.withTables<PublicKeyTables>(), cinemaCodes), rows);
  return inserted.length;
}

type Db = Kysely<PublicKeyTables>;

async function loadKnownKeys(db: Db, rows: readonly PublicKeyRow[]): Promise<Map<string, KnownKey>> {
  const fingerprints = rows.map(({ fingerprint }) => fingerprint);
  const stored = await db.selectFrom('publicKey').selectAll().where('fingerprint', 'in', fingerprints).execute();
  return new Map(stored.map(({ fingerprint, ...key }) => [fingerprint, key]));
}

async function loadKeyCounts(db: Db, cinemaCodes: Iterable<CinemaCode>): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('publicKey')
    .select((eb) => ['cinemaCode', eb.fn.countAll<number>().as('count')])
    .where('cinemaCode', 'in', [...cinemaCodes])
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
    const refuse = (code: 'KEY_OF_ANOTHER_CINEMA' | 'KEY_CONFLICT', element: string, what: string) => {
      throw new ProtocolError(code, `${element} ${what}`, { element, index }, 400);
    };
    if (before === undefined) continue;
    if (before.cinemaCode !== row.cinemaCode)
      refuse('KEY_OF_ANOTHER_CINEMA', 'PublicKey', `already belongs to cinema ${before.cinemaCode}`);
    if (before.startTime !== row.startTime)
      refuse('KEY_CONFLICT', 'StartTime', `of this key is known as ${before.startTime} already`);
    if (before.spki !== row.spki) refuse('KEY_CONFLICT', 'PublicKey', 'is known with another exponent already');
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
