import { type ChangeTables, type FollowedTables, followChanges, serveChanges } from '@ticket-check/check-records';
import type { WatchedConnection } from '@ticket-check/exchange';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { countRefunds, type Refunded, type RefundTables } from './known-refunds.ts';

type FollowingTables = ChangeTables & FollowedTables & RefundTables;

/**
 * Follows the national platform's refunds, and tells them to terminals, with what changes of e-tickets: ListChanges. Reading X9.
 *
 * @param options `noteRefunds` keeps refunds in an open transaction, with all that follows from them
 */
export function followNational<DB extends FollowingTables>(
  service: Service,
  options: {
    store: Store<DB>;
    connection: WatchedConnection;
    /** The cinemas that are served. */
    cinemas: () => Promise<readonly CinemaCode[]>;
    noteRefunds: (trx: Kysely<DB>, refunded: readonly Refunded[]) => Promise<void>;
  },
) {
  const { store, connection, cinemas, noteRefunds } = options;
  const followed = followChanges<DB>(service, {
    store,
    connection,
    cinemas,
    countKept: () => countRefunds(withTables(store)),
    async keep(trx, changes) {
      const refunded = changes.filter(({ kind }) => kind === 'refunded');
      if (refunded.length === 0) return;
      await noteRefunds(
        trx,
        refunded.map(({ kind: _, ...ticket }) => ({ ...ticket, refundedAt: null })),
      );
    },
  });
  return {
    /** ListChanges for terminals. */
    api: serveChanges(service, { store: withTables(store), knownAsOf: followed.asOf }),
    /** When all refunds were last known, by the local clock, epoch milliseconds; null if the national platform does not publish them. */
    heardAt: followed.heardAt,
  };
}
