import { type PageSet, serveList, serveOperation } from '@ticket-check/admin';
import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import type { OperationTables } from '@ticket-check/operators';
import type { CinemaCode, CinemaKey } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { openClaims, releaseClaim } from './declared-claims.ts';
import type { KnownTables } from './known-entries.ts';
import { countOpenClaims, longOpenSince, RELEASE_PATH } from './open-claims.ts';

/** Claims whose check record has not come, for supervisors to release. Reading C8. */
export function claimsScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  store: Store<KnownTables & OperationTables & AccountTables>,
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>,
): PageSet {
  return {
    name: 'claims',
    screens: [
      { path: '/claims', permission: 'claims.read', label: openClaims.title },
      { path: RELEASE_PATH, permission: 'claims.release', label: null },
    ],
    ...serveList(openClaims, { store, now, accounts: createAccounts(store, now), keysOf }),
    counts: [
      {
        path: '/claims',
        permission: 'claims.read',
        count: async (cinemas) =>
          (await countOpenClaims(store.reports, { claimedUntil: longOpenSince(now), cinemas })).count,
      },
    ],
    actions: serveOperation(releaseClaim, {
      ...{ store, now },
      done: (claim, { reason, actor: operator }) =>
        logger.warn({ reason, claim, operator }, 'released a claim for a supervisor'),
    }),
  };
}
