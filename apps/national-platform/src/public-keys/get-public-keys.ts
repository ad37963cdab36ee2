import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  type GetPublicKeysQuery,
  getPublicKeysQuery,
  keysInForce,
  ProtocolError,
  publicKeysReplyJson,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { CinemaKeys } from './cinema-keys.ts';

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
