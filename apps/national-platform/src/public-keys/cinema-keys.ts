import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  type CinemaKey,
  type GetPublicKeysQuery,
  getPublicKeysQuery,
  keysInForce,
  ProtocolError,
  publicKeysReplyJson,
  storedKeyReader,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, type Logger, turn } from '@ticket-check/runtime';
import { coalesce, createTables, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';

export type CinemaKeys = ReturnType<typeof createCinemaKeys>;

type KeyRow = { cinemaCode: string; spki: string | null; startTime: string | null };

export function createCinemaKeys(store: Store<PublicKeyTables & CinemaTables>, logger?: Pick<Logger, 'error'>) {
  const read = storedKeyReader(({ cinemaCode, startTime }, { code, message }) => {
    logger?.error({ cinemaCode, startTime, code, reason: message }, 'stored public key cannot be used');
  });
  const atHand = new Map<CinemaCode, readonly CinemaKey[]>();

  const keysOf = queryOverRows<PublicKeyTables & CinemaTables, { cinemaCode: string }, KeyRow>(
    { cinemaCode: 'text' },
    ({ db }, given) =>
      db
        .selectFrom(given.as('given'))
        .innerJoin('cinema', 'cinema.cinemaCode', 'given.cinemaCode')
        .leftJoin('publicKey', 'publicKey.cinemaCode', 'cinema.cinemaCode')
        .select(['cinema.cinemaCode', 'publicKey.spki', 'publicKey.startTime'])
        .orderBy('publicKey.startTime', 'desc'),
  );

  /**
   * Every key that a cinema ever had, newest first; null for an unknown cinema. Reads the database each time, so that an
   * import by a command takes effect at once; calls in one turn of the event loop share what is read. Unusable keys are left out.
   */
  const load = coalesce<CinemaCode, readonly CinemaKey[] | null>(async (cinemaCodes) => {
    const asked = [...new Set(cinemaCodes)].map((cinemaCode) => ({ cinemaCode }));
    const found = new Map<string, CinemaKey[]>();
    // After a start many cinemas' keys are read for the first time at once.
    for (const { cinemaCode, spki, startTime } of await keysOf.find(store, asked)) {
      const keys = found.get(cinemaCode) ?? [];
      found.set(cinemaCode, keys);
      const key = spki && startTime && read({ cinemaCode, spki, startTime: startTime as WallClock });
      if (key) keys.push(key);
      const othersHaveHadTheirs = turn();
      if (othersHaveHadTheirs !== undefined) await othersHaveHadTheirs;
    }
    return cinemaCodes.map((cinemaCode) => found.get(cinemaCode) ?? null);
  });

  return {
    load,
    /** Like `load`, but empty for an unknown cinema. Reading R6. */
    async keysEver(cinemaCode: CinemaCode): Promise<readonly CinemaKey[]> {
      const keys = (await load(cinemaCode)) ?? [];
      // Not for unknown cinemas: anyone could send any code.
      if (keys.length > 0) atHand.set(cinemaCode, keys);
      return keys;
    },
    /** The last result of `keysEver` for the cinema: some of its keys, possibly all. */
    keysAtHand: (cinemaCode: CinemaCode) => atHand.get(cinemaCode) ?? [],
  };
}

export type PublicKeyTables = {
  publicKey: {
    /** Hex SHA-256 of the modulus, and the primary key: one modulus belongs to one cinema, once (reading T7). */
    fingerprint: string;
    cinemaCode: string;
    startTime: string;
    /** One-line Base64 of the DER SubjectPublicKeyInfo, as GetPublicKeys sends it. */
    spki: string;
  };
};

/** A key is never deleted: a record is compared with the keys of its own day (reading R6). */
export const publicKeyMigrations = createTables<PublicKeyTables>(
  sql`create table public_key (
    fingerprint text primary key, cinema_code text not null, start_time text not null, spki text not null
  )`,
  sql`create index public_key_cinema on public_key (cinema_code, start_time)`,
);

/**
 * GetPublicKeys: every key of a cinema that was valid at any moment of the last 6 months, and announced ones, newest first.
 * Refuses with CINEMA_UNKNOWN, and with KEYS_UNAVAILABLE rather than an empty list.
 * Scheme 6.6.1; readings K2, K3.
 */
export function getPublicKeysApi({ cinemaKeys, now }: { cinemaKeys: CinemaKeys; now: Clock }): SignedApi {
  return signedApi<GetPublicKeysQuery>({
    name: APIS.getPublicKeys,
    role: 'platform',
    priority: 'keys',
    query: getPublicKeysQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle({ cinemaCode }) {
      const keys = await cinemaKeys.load(cinemaCode);
      if (keys === null) throw new ProtocolError('CINEMA_UNKNOWN', `No cinema has the code ${cinemaCode}.`);
      if (keys.length === 0) {
        throw new ProtocolError('KEYS_UNAVAILABLE', `No public key of cinema ${cinemaCode} has been received yet.`);
      }
      return publicKeysReplyJson(keysInForce(keys, wallClockAt(now())));
    },
  });
}
