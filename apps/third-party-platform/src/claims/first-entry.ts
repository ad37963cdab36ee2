import type { ClaimEntry, KnownEntry } from '@ticket-check/protocol';

/** The first known entry of a ticket, its claim included: the claimant may have opened the gate. Reading R7. */
export function firstEntry(known: {
  readonly holder: ClaimEntry | null;
  readonly records: readonly KnownEntry[];
}): ClaimEntry | null {
  const { holder, records } = known;
  return earliest([...(holder === null ? [] : [entryOf(holder)]), ...records.map(entryOf)]);
}

/** A claim or a record as an entry; a record does not name the gate. */
export function entryOf({ recordId, checkTime, gate = '' }: KnownEntry & { readonly gate?: string }): ClaimEntry {
  return { recordId, checkTime, gate };
}

/** The entry with the lowest (CheckTime, RecordId); of equals, the first. Reading R7. */
export function earliest(entries: readonly ClaimEntry[]): ClaimEntry | null {
  return entries.reduce<ClaimEntry | null>(
    (first, entry) => (first === null || entryOrder(entry) < entryOrder(first) ? entry : first),
    null,
  );
}

/** Entries in the order in which they count. Reading R7. */
export function entryOrder({ checkTime, recordId }: KnownEntry): string {
  return `${checkTime} ${recordId}`;
}
