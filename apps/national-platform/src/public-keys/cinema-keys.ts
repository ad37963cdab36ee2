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
  /** What `keysEver` gave for the cinema last: some of its keys, and perhaps all. */
  keysAtHand(cinemaCode: CinemaCode): readonly CinemaKey[];
};

type KeyRow = { cinemaCode: string; spki: string | null; startTime: string | null };

export function createCinemaKeys(store: NationalStore): CinemaKeys {
  // Making a KeyObject costs more than decrypting with it. A key is never changed and never deleted, so the whole
  // country's fit and none grows old.
  const parsed = new Map<string, CinemaKey>();
  const atHand = new Map<CinemaCode, readonly CinemaKey[]>();

  const keysOf = store.queryOver<{ cinemaCode: string }, 'cinemaCode', KeyRow>({ cinemaCode: 'text' }, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .innerJoin('cinema', 'cinema.cinemaCode', 'given.cinemaCode')
      .leftJoin('publicKey', 'publicKey.cinemaCode', 'cinema.cinemaCode')
      .select(['cinema.cinemaCode', 'publicKey.spki', 'publicKey.startTime'])
      .orderBy('publicKey.startTime', 'desc'),
  );

  const load = coalesce<CinemaCode, readonly StoredKey[] | null>(async (cinemaCodes) => {
    const asked = [...new Set(cinemaCodes)].map((cinemaCode) => ({ cinemaCode }));
    const rows = await store.lookUp(keysOf(asked));
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
    async keysEver(cinemaCode) {
      const keys = ((await load(cinemaCode)) ?? []).map(parse);
      // Not for a code that no cinema has: anyone could name such.
      if (keys.length > 0) atHand.set(cinemaCode, keys);
      return keys;
    },
    keysAtHand: (cinemaCode) => atHand.get(cinemaCode) ?? [],
  };
}
