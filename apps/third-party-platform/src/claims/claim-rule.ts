import type { ClaimEntry, KnownEntry, RecordId, TicketInfo } from '@ticket-check/protocol';

/** What this platform knows of who holds a ticket. */
export type Known = {
  /** The claim on it. */
  readonly holder: ClaimEntry | null;
  /** Its check records that count as entries. */
  readonly records: readonly KnownEntry[];
};

/** What becomes of a claim. `entry` is null where it is known that the ticket was used, and not when or where. */
export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'entered'; readonly entry: ClaimEntry | null }
  | { readonly kind: 'released' }
  | { readonly kind: 'refunded' };

/** What is asked for stands already, or is refused; null: neither, so it is for the database to decide. */
export type Standing = Exclude<ClaimOutcome, { kind: 'refunded' }> | null;

/**
 * What the platform above says against a claim, before anything is written. CheckStatus counts against it too: an entry
 * that came through another platform, or one that this platform lost with its store. A record of our own that is above
 * already is no other entry. Readings C1, C2.
 */
export function objectionAbove(
  info: TicketInfo | 'unknown-ticket' | null,
  recordId: RecordId,
): 'refunded' | { entry: ClaimEntry | null } | null {
  if (info === null || info === 'unknown-ticket') return null;
  if (info.refundStatus === 'Yes') return 'refunded';
  if (info.checkStatus !== 'Yes' || info.entry?.recordId === recordId) return null;
  return { entry: info.entry === undefined ? null : { ...info.entry, gate: '' } };
}

/**
 * What is known of a ticket, seen by the record that would be its entry. Who holds the claim keeps it, unless another
 * record came before the holder's own: that one was an entry, and the claim has led to none yet. Readings C2, R7.
 */
export function standingOf(known: Known, recordId: RecordId): Standing {
  if (known.holder?.recordId === recordId && known.records.some((record) => record.recordId === recordId)) {
    return { kind: 'claimed' };
  }
  const entry = firstOf(known, recordId);
  if (entry !== null) return { kind: 'entered', entry };
  return known.holder === null ? null : { kind: 'claimed' };
}

/** The first known entry, claims included, that is not this record's own. Reading R7. */
export function firstOf({ holder, records }: Known, except: RecordId | null): ClaimEntry | null {
  const entries = [...(holder === null ? [] : [holder]), ...records.map((record) => ({ ...record, gate: '' }))];
  return earliest(entries.filter(({ recordId }) => recordId !== except));
}

/** The entry with the lowest (CheckTime, RecordId); of equals, the one that stands first. Reading R7. */
export function earliest(entries: readonly ClaimEntry[]): ClaimEntry | null {
  const order = ({ checkTime, recordId }: ClaimEntry) => `${checkTime} ${recordId}`;
  return entries.reduce<ClaimEntry | null>(
    (first, entry) => (first === null || order(entry) < order(first) ? entry : first),
    null,
  );
}
