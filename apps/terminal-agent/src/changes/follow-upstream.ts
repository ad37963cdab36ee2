import { type FollowedTables, followChanges } from '@ticket-check/changes';
import { addSeconds, type CinemaCode, type TicketIdentity, type WallClock } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';
import type { UpstreamWatch } from '../upstream/watch-upstream.ts';
import {
  countKnownChanges,
  forgetKnownChanges,
  forgetLiveETickets,
  type KnownChanges,
  type KnownChangeTables,
  keepKnownChanges,
  loadKnownChanges,
} from './known-changes.ts';

const EVERY_MS = 10_000;
/** Longer than the clock may be wrong, so that correcting it loses nothing. */
const MARGIN_SECONDS = 86_400;

/** What is known of a ticket while the upstream cannot be asked. */
export type KnownTicketChanges = {
  known(ticket: TicketIdentity): Promise<KnownChanges>;
  /** Up to when all refunds are known; null if the upstream does not announce them. */
  knownAt(): Promise<WallClock | null>;
};

/**
 * Follows the changes that the platform above announces while the line is up, and keeps those of tickets that may still be
 * admitted here. Reading X9.
 */
export function followUpstream(
  service: Service,
  options: {
    store: Store<FollowedTables & KnownChangeTables>;
    connection: TerminalConnection;
    upstreamWatch: UpstreamWatch;
    cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
    clock: { now(): WallClock };
    admitAfterMinutes: number;
  },
): KnownTicketChanges & {
  /** Deletes what concerns no session that may still be entered. */
  forgetOld(): Promise<void>;
} {
  const { store, connection, upstreamWatch, clock, admitAfterMinutes } = options;
  const oldest = () => addSeconds(clock.now(), -(admitAfterMinutes * 60 + MARGIN_SECONDS));
  const followed = followChanges<FollowedTables & KnownChangeTables>(service, {
    store,
    connection,
    cinemas: options.cinemas,
    countKept: () => countKnownChanges(store),
    keep: (trx, changes) => keepKnownChanges(store, trx, changes, oldest()),
    // A refund holds for every platform. An e-ticket is live only at the platform that issued it, which announces it again.
    forget: forgetLiveETickets,
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 3,
  });
  upstreamWatch.onUpstreamSet(async ({ isAnother }) => {
    if (isAnother) followed.beginAgain();
  });
  return {
    known: (ticket) => loadKnownChanges(store, ticket),
    knownAt: followed.asOf,
    forgetOld: () => forgetKnownChanges(store, oldest()),
  };
}
