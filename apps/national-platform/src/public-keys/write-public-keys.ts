import { type CheckRecordTables, requestReviews } from '@ticket-check/check-records';
import type { CinemaCode, PublicKeyRow } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { assertCinemasKnown } from '../cinemas/known-cinemas.ts';
import { assertNoKeyConflict, assertWithinKeyLimit, type KnownKey } from './key-conflicts.ts';
import type { PublicKeyTables } from './public-key-tables.ts';

const COLUMNS = { fingerprint: 'text', cinemaCode: 'text', startTime: 'text', spki: 'text' } as const;

/**
 * Writes public keys of cinemas, and returns how many were new. A key is never changed. Records quarantined for lack of a
 * new key are judged again in the background (reading R6).
 *
 * @throws ProtocolError CINEMA_UNKNOWN, KEY_OF_ANOTHER_CINEMA (reading T7), KEY_CONFLICT or KEY_LIMIT.
 */
export async function writePublicKeys(
  store: Store<PublicKeyTables & CinemaTables>,
  trx: Kysely<PublicKeyTables & CinemaTables>,
  rows: readonly PublicKeyRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  await assertCinemasKnown(store, trx, rows);
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
  const cinemaCodes = new Set(inserted.map(({ cinemaCode }) => cinemaCode as CinemaCode));
  await requestReviews(trx.withTables<CheckRecordTables>(), cinemaCodes);
  // Count under the lock, so that two imports for one cinema cannot exceed the limit together.
  assertWithinKeyLimit(await loadKeyCounts(store, trx, cinemaCodes), rows);
  return inserted.length;
}

/**
 * Checks the keys of a whole file, chunk by chunk, against known keys and each other, without writing.
 *
 * @throws ProtocolError as `writePublicKeys` does.
 */
export function publicKeyCheck(
  store: Store<PublicKeyTables & CinemaTables>,
): (rows: readonly PublicKeyRow[]) => Promise<void> {
  const known = new Map<string, KnownKey>();
  const counts = new Map<string, number>();
  return async (rows) => {
    await assertCinemasKnown(store, store.db, rows);
    for (const [fingerprint, key] of await loadKnownKeys(store, store.db, rows)) known.set(fingerprint, key);
    const uncounted = new Set(rows.map(({ cinemaCode }) => cinemaCode).filter((cinemaCode) => !counts.has(cinemaCode)));
    for (const [cinemaCode, count] of await loadKeyCounts(store, store.db, uncounted)) counts.set(cinemaCode, count);
    for (const { fingerprint, cinemaCode, startTime, spki } of rows) {
      if (known.has(fingerprint)) continue;
      known.set(fingerprint, { cinemaCode, startTime, spki });
      counts.set(cinemaCode, (counts.get(cinemaCode) ?? 0) + 1);
    }
    assertNoKeyConflict(known, rows);
    assertWithinKeyLimit(counts, rows);
  };
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
    .selectFrom(store.rowsAsTable(asked, { cinemaCode: 'text' }).as('given'))
    .innerJoin('publicKey', 'publicKey.cinemaCode', 'given.cinemaCode')
    .select((eb) => ['publicKey.cinemaCode', eb.fn.countAll<number>().as('count')])
    .groupBy('publicKey.cinemaCode')
    .execute();
  return new Map(rows.map(({ cinemaCode, count }) => [cinemaCode, count]));
}
