import { type SignedApi, signedApi } from '@ticket-check/exchange';
import type { KeyCache, RefreshResult } from '@ticket-check/key-cache';
import {
  APIS,
  type CinemaCode,
  getPublicKeysQuery,
  keysInForce,
  ProtocolError,
  publicKeysReplyJson,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import type { NoteKeyQuestion } from './key-demand.ts';

/** Fetches a cinema's keys because somebody misses one; bounded in time and number. */
export type KeyRefresh = (cinemaCode: CinemaCode) => Promise<RefreshResult | 'not-served'>;

/**
 * GetPublicKeys for terminals: the keys as the national platform sent them. Keys that a terminal asks for again sooner
 * than its schedule would, and keys that were never received, are fetched first. Scheme 7.6.1; readings K2, K3, K4.
 */
export function getPublicKeysApi(options: {
  cache: KeyCache;
  refreshKeys: KeyRefresh;
  noteQuestion: NoteKeyQuestion;
  servedCinemas: Pick<ServedCinemas, 'names'>;
  now: Clock;
}): SignedApi {
  const { cache, refreshKeys, noteQuestion, servedCinemas, now } = options;

  async function refreshed(cinemaCode: CinemaCode) {
    const result = await refreshKeys(cinemaCode);
    if (result === 'not-served') {
      throw new ProtocolError('KEYS_UNAVAILABLE', `Cinema ${cinemaCode} is not among those that this platform serves.`);
    }
    return { keys: await cache.keys(cinemaCode), isRefreshed: result === 'refreshed' };
  }

  async function keysFor(username: string, cinemaCode: CinemaCode) {
    const held = await cache.keys(cinemaCode);
    if (held.length > 0) {
      const isDemand = await noteQuestion(username, cinemaCode);
      return isDemand ? refreshed(cinemaCode) : { keys: held, isRefreshed: false };
    }
    const received = await refreshed(cinemaCode);
    if (received.keys.length === 0) {
      throw new ProtocolError('KEYS_UNAVAILABLE', `No public key of cinema ${cinemaCode} has been received yet.`);
    }
    await noteQuestion(username, cinemaCode);
    return received;
  }

  return signedApi({
    name: APIS.getPublicKeys,
    role: 'platform',
    priority: 'keys',
    query: getPublicKeysQuery,
    cinemasOf: ({ cinemaCode }) => [cinemaCode],
    async handle({ cinemaCode }, { account, extended }) {
      const { keys, isRefreshed } = await keysFor(account.username, cinemaCode);
      const inForce = keysInForce(keys, wallClockAt(now()));
      if (!extended('keys-refreshed')) return publicKeysReplyJson(inForce);
      const [[, cinemaName] = ['', '']] = await servedCinemas.names([cinemaCode]);
      return publicKeysReplyJson(inForce, { refreshed: isRefreshed, cinemaName });
    },
  });
}
