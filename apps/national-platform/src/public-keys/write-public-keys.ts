import type { PublicKeyRow } from '@ticket-check/protocol';
import { assertCinemasKnown } from '../cinemas/known-cinemas.ts';
import type { NationalStore, NationalTransaction } from '../database.ts';
import { assertNoKeyConflict, type KnownKey } from './key-conflicts.ts';

const COLUMNS = { fingerprint: 'text', cinemaCode: 'text', startTime: 'text', spki: 'text' } as const;

/**
 * Writes public keys of cinemas, and returns how many were new. A key is never changed.
 *
 * @throws ProtocolError CINEMA_UNKNOWN, KEY_OF_ANOTHER_CINEMA (reading T7) or KEY_CONFLICT.
 */
export async function writePublicKeys(
  store: NationalStore,
  trx: NationalTransaction,
  rows: readonly PublicKeyRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  await assertCinemasKnown(store, trx, rows);
  const given = store.rowsFrom(
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
    .returning('fingerprint')
    .execute();
  // Compared after the insert, so that a key which another import wrote at the same moment is seen as well.
  assertNoKeyConflict(await loadKnownKeys(store, trx, rows), rows);
  return inserted.length;
}

/**
 * Holds the keys of a whole file, given chunk by chunk, to what is known and to each other, without writing.
 *
 * @throws ProtocolError as `writePublicKeys` does.
 */
export function publicKeyCheck(store: NationalStore): (rows: readonly PublicKeyRow[]) => Promise<void> {
  const known = new Map<string, KnownKey>();
  return async (rows) => {
    await assertCinemasKnown(store, store.db, rows);
    for (const [fingerprint, key] of await loadKnownKeys(store, store.db, rows)) known.set(fingerprint, key);
    for (const { fingerprint, cinemaCode, startTime, spki } of rows) {
      if (!known.has(fingerprint)) known.set(fingerprint, { cinemaCode, startTime, spki });
    }
    assertNoKeyConflict(known, rows);
  };
}

async function loadKnownKeys(
  store: NationalStore,
  db: NationalTransaction,
  rows: readonly PublicKeyRow[],
): Promise<Map<string, KnownKey>> {
  const fingerprints = rows.map(({ fingerprint }) => ({ fingerprint }));
  const stored = await db
    .selectFrom('publicKey')
    .selectAll()
    .where('fingerprint', 'in', (eb) =>
      eb.selectFrom(store.rowsFrom(fingerprints, { fingerprint: 'text' }).as('given')).select('given.fingerprint'),
    )
    .execute();
  return new Map(stored.map(({ fingerprint, ...key }) => [fingerprint, key]));
}
