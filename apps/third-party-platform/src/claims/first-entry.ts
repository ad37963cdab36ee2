import type { ClaimEntry, KnownEntry, RecordId, TicketInfo } from '@ticket-check/protocol';

/** The entry with the lowest (CheckTime, RecordId); of equals, the first. A record does not name the gate. Reading R7. */
export function earliest(entries: readonly (KnownEntry & { readonly gate?: string })[]): ClaimEntry | null {
  const [one, ...others] = entries;
  if (one === undefined) return null;
  const first = others.reduce((before, entry) => (entryOrder(entry) < entryOrder(before) ? entry : before), one);
  return { recordId: first.recordId, checkTime: first.checkTime, gate: first.gate ?? '' };
}

/** Entries in the order in which they count. Reading R7. */
export function entryOrder({ checkTime, recordId }: KnownEntry): string {
  return `${checkTime} ${recordId}`;
}

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

/**
 * Removes an entry that was undone here without the national platform knowing; a plain one does not say whose entry it knows.
 * Reading R9.
 */
export function withoutUndone(info: TicketInfo, undone: readonly RecordId[]): TicketInfo {
  const { entry } = info;
  const isUndone = undone.length > 0 && (entry?.recordId === undefined || undone.includes(entry.recordId));
  return isUndone ? withoutEntry(info) : info;
}

export function withoutEntry({ entry: _, ...ticket }: TicketInfo): TicketInfo {
  return { ...ticket, checkStatus: 'No' };
}
