import { type FollowedTables, followChanges } from '@ticket-check/changes';
import { addSeconds, type CinemaCode, MAX_RECORDS, type TicketIdentity, type WallClock } from '@ticket-check/protocol';
import { every, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import type { KnownChangeTables } from './known-change-tables.ts';
import { forgetKnownChanges, type KnownChanges, keepKnownChanges, loadKnownChanges } from './known-changes.ts';

const EVERY_MS = 10_000;
const FORGET_EVERY_MS = 3_600_000;
/** Longer than a wrong clock is believed, so that one which is set right has lost nothing. */
const MARGIN_SECONDS = 86_400;

/** What can be said of a ticket while nobody can be asked. */
export type Unasked = {
  known(ticket: TicketIdentity): Promise<KnownChanges>;
  /** Up to when all refunds are known; null where they are not told by themselves. */
  knownAt(): Promise<WallClock | null>;
};

/**
 * Follows what the platform above tells of tickets while the line is up, and keeps what matters to tickets that may still be admitted
 * here. Reading X9.
 */
export function followUpstream(
  service: Service,
  options: {
    store: Store<FollowedTables & KnownChangeTables>;
    connection: TerminalConnection;
    /** Those whose tickets are checked here. */
    cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
    clock: { now(): WallClock };
    admitAfterMinutes: number;
  },
): Unasked {
  const { store, connection, cinemas, clock, admitAfterMinutes } = options;
  const oldest = () => addSeconds(clock.now(), -(admitAfterMinutes * 60 + MARGIN_SECONDS));
  const followed = followChanges<FollowedTables & KnownChangeTables>(service, {
    store,
    connection,
    async cinemas() {
      const served = await cinemas();
      return served === 'all' || served.length === 0 || served.length > MAX_RECORDS ? null : served;
    },
    keep: (trx, changes) => keepKnownChanges(store, trx, changes, oldest()),
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 3,
  });
  service.job({
    name: 'forget changes',
    runs: 'in one process',
    start: () =>
      every({
        name: 'forget changes',
        everyMs: FORGET_EVERY_MS,
        jitterMs: FORGET_EVERY_MS / 10,
        atOnce: true,
        logger: service.logger,
        run: () => forgetKnownChanges(store, oldest()),
      }),
  });
  return { known: (ticket) => loadKnownChanges(store, ticket), knownAt: followed.asOf };
}
