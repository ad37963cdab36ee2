import { type CinemaCode, type CinemaKey, parsePublicKey, type WallClock } from '@ticket-check/protocol';
import { coalesce } from '@ticket-check/storage';
import type { NationalStore } from '../database.ts';

/** A key as GetPublicKeys sends it. */
export type StoredKey = { readonly spki: string; readonly startTime: WallClock };

export type CinemaKeys = {
  /**
   * Every key that a cinema ever had, newest first; null where no such cinema was imported. Fresh from the database,
   * in one query for all who ask in one turn of the event loop, so that an import by a command acts at once.
   */
  load(cinemaCode: CinemaCode): Promise<readonly StoredKey[] | null>;
  /** The same, ready to decrypt with; empty where the cinema is unknown. Reading R6. */
  keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]>;
};

export function createCinemaKeys(store: NationalStore): CinemaKeys {
  // Making a KeyObject costs more than decrypting with it. A key is never changed and never deleted, so the whole
  // country's fit and none grows old.
  const parsed = new Map<string, CinemaKey>();

  const load = coalesce<CinemaCode, readonly StoredKey[] | null>(async (cinemaCodes) => {
    const asked = [...new Set(cinemaCodes)].map((cinemaCode) => ({ cinemaCode }));
    const rows = await store.db
      .selectFrom(store.rowsFrom(asked, { cinemaCode: 'text' }).as('given'))
      .innerJoin('cinema', 'cinema.cinemaCode', 'given.cinemaCode')
      .leftJoin('publicKey', 'publicKey.cinemaCode', 'cinema.cinemaCode')
      .select(['cinema.cinemaCode', 'publicKey.spki', 'publicKey.startTime'])
      .orderBy('publicKey.startTime', 'desc')
      .execute();
    const found = new Map<string, StoredKey[]>();
    for (const { cinemaCode, spki, startTime } of rows) {
      const keys = found.get(cinemaCode) ?? [];
      found.set(cinemaCode, keys);
      if (spki !== null && startTime !== null) keys.push({ spki, startTime: startTime as WallClock });
    }
    return cinemaCodes.map((cinemaCode) => found.get(cinemaCode) ?? null);
  });

  function parse({ spki, startTime }: StoredKey): CinemaKey {
    const known = parsed.get(spki);
    if (known !== undefined) return known;
    const key = { ...parsePublicKey(spki), startTime };
    parsed.set(spki, key);
    return key;
  }

  return {
    load,
    keysEver: async (cinemaCode) => ((await load(cinemaCode)) ?? []).map(parse),
  };
}
