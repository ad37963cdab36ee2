import { type SignedApi, signedApi } from '@ticket-check/exchange';
import { APIS, getETicketKeysQuery, getETicketKeysReplyJson } from '@ticket-check/protocol';
import type { ETicketKeys } from './e-ticket-keys.ts';

/** GetETicketKeys: what a terminal verifies e-tickets with, and the host that they name. Extension `e-tickets`; reading C5. */
export function getETicketKeysApi({ host, keys }: { host: string; keys: Pick<ETicketKeys, 'published'> }): SignedApi {
  return signedApi({
    name: APIS.getETicketKeys,
    role: 'platform',
    priority: 'keys',
    query: getETicketKeysQuery,
    cinemasOf: () => [],
    handle: async () => getETicketKeysReplyJson({ host, keys: await keys.published() }),
  });
}
