import { type GetPublicKeysQuery, getPublicKeysQuery } from '@ticket-check/protocol';
import { type Call, type SignedApi, signedApi } from '../server/signed-api.ts';

/** GetPublicKeys, answered as the test wants it. */
export function keysApi(handle: (query: GetPublicKeysQuery, call: Call) => Promise<unknown>): SignedApi {
  return signedApi({
    name: 'GetPublicKeys',
    role: 'platform',
    priority: 'keys',
    query: getPublicKeysQuery,
    cinemasOf: (query) => [query.cinemaCode],
    handle,
  });
}
