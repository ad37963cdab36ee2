import type { WallClock } from '@ticket-check/protocol';
import { type AdmissionPolicy, opensAt } from './rules.ts';

/** A store that began in place of another one, whose entries it does not know. */
export type StoreReplacement = {
  /** When it began. */
  readonly beganAt: WallClock;
  /** Whether the upstream has answered a question about a ticket since. */
  readonly askedUpstream: boolean;
};

/**
 * The policy for a ticket where the store may have forgotten entries: offline nobody is admitted into a session that was
 * open before the store began, until the upstream has been asked once. Whoever went in before may hold such a ticket.
 * Reading X4.
 *
 * @param replacement null where the store is the one that the terminal always had
 * @param minutesBefore from how long before its StartTime on a ticket is admissible
 */
export function policyFor(
  ticket: { startTime: WallClock },
  policy: AdmissionPolicy,
  replacement: StoreReplacement | null,
  minutesBefore: number,
): AdmissionPolicy {
  if (replacement === null || replacement.askedUpstream) return policy;
  const wasOpen = opensAt(ticket, minutesBefore) <= replacement.beganAt;
  return wasOpen ? { ...policy, offline: 'refuse' } : policy;
}
