import { createRecordStore, reviewQuarantine } from '@ticket-check/check-records';
import type { PublicKeyRow } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { NationalStore } from '../database.ts';
import { createCinemaKeys } from './cinema-keys.ts';

/** Lets records count that came before the key that fits them, and so were kept aside. Reading R6. */
export async function countRecordsOfNewKeys(
  store: NationalStore,
  rows: readonly PublicKeyRow[],
  now: Clock,
): Promise<void> {
  const recordStore = createRecordStore(store);
  const { keysEver } = createCinemaKeys(store);
  for (const cinemaCode of new Set(rows.map((row) => row.cinemaCode))) {
    await reviewQuarantine({ recordStore, cinemaCode, keysEver, forward: false, now });
  }
}
