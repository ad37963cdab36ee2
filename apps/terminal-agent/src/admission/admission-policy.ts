import type { WallClock } from '@ticket-check/protocol';
import { type AdmissionPolicy, opensAt } from './rules.ts';

/** A new store that replaced another one and does not know its entries. */
export type StoreReplacement = {
  /** When it began. */
  readonly beganAt: WallClock;
  /** Whether the upstream has answered a question about a ticket since. */
  readonly askedUpstream: boolean;
};

/**
 * The policy for a ticket when the store may lack entries: until the upstream has been asked once, nobody is admitted offline
 * to a session that was open before the store began, since the ticket may have been used. Reading X4.
 *
 * @param replacement null if the store never was replaced
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
