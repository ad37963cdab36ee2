import type { ClaimEntry, RecordId, TicketInfo } from '@ticket-check/protocol';

/** What the platform above says against a claim; `entry` is null if it does not say whose entry it knows. */
export type Objection = { readonly kind: 'refunded' } | { readonly kind: 'entered'; readonly entry: ClaimEntry | null };

/**
 * What the platform above says against a claim, before anything is written. CheckStatus counts against it too: an entry
 * that came through another platform, or one that this platform lost with its store. A record of our own that is above
 * already is no other entry. Readings C1, C2.
 */
export function objectionAbove(info: TicketInfo | 'unknown-ticket' | null, recordId: RecordId): Objection | null {
  if (info === null || info === 'unknown-ticket') return null;
  if (info.refundStatus === 'Yes') return { kind: 'refunded' };
  if (info.checkStatus !== 'Yes' || info.entry?.recordId === recordId) return null;
  return { kind: 'entered', entry: info.entry === undefined ? null : { ...info.entry, gate: '' } };
}
