import type { ClaimEntry, RecordId, TicketInfo } from '@ticket-check/protocol';
import { earliest } from '../claims/first-entry.ts';

/**
 * Removes an entry that was undone here without the national platform knowing; a plain one does not say whose entry it knows.
 * Reading R9.
 */
export function withoutUndone(info: TicketInfo, undone: readonly RecordId[]): TicketInfo {
  const { entry, ...ticket } = info;
  const isUndone = undone.length > 0 && (entry?.recordId === undefined || undone.includes(entry.recordId));
  return isUndone ? { ...ticket, checkStatus: 'No' } : info;
}

/** Adds an entry that is known here; of two, the first is the one with the lowest (CheckTime, RecordId). Reading R7. */
export function withEntry(info: TicketInfo, entry: Omit<ClaimEntry, 'gate'> | null): TicketInfo {
  if (entry === null) return info;
  const entries = [entry, info.entry].filter((each) => each !== undefined);
  const first = earliest(entries.map((each) => ({ ...each, gate: '' }))) ?? entry;
  return { ...info, checkStatus: 'Yes', entry: { checkTime: first.checkTime, recordId: first.recordId } };
}
