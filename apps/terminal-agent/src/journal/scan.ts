import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { FirstEntry } from '../admission/rules.ts';

/** A scan as it begins: what identifies it, and when and where it was made. */
export type Scan = {
  recordId: RecordId;
  gate: string;
  scannedAt: WallClock;
  textHash: string;
  /** By how much the clock was corrected for `scannedAt`, and whether it could be trusted. Reading C7. */
  clockCorrectionMs: number;
  clockTrusted: boolean;
  /** The e-ticket that it was shown as; null for the bare code, as a printed ticket has it. */
  eTicket: ShownETicket | null;
};

/** What an e-ticket says of itself, proven or not. Reading C5. */
export type ShownETicket = {
  /** When the platform verified it. */
  time: WallClock;
  /** How old it was at the scan, in seconds; less than 0: its time lies ahead. */
  ageSeconds: number;
};

/** Puts together what a row has of an e-ticket. */
export function shownETicket(row: {
  readonly eTicketTime: string | null;
  readonly eTicketAgeSeconds: number | null;
}): ShownETicket | null {
  const { eTicketTime: time, eTicketAgeSeconds: ageSeconds } = row;
  return time === null || ageSeconds === null ? null : { time: time as WallClock, ageSeconds };
}

export type Silence = {
  /** When the upstream was last heard, or `null` for never. */
  lastContactSeconds: number | null;
  /** Up to when all refunds were known; `null` where they are not told by themselves. Reading X9. */
  changesKnownAt: WallClock | null;
};

/** What an admission was answered beside its verdict. */
export type FirstAnswer = {
  /** Whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed: boolean;
  /**
   * Whether the upstream said that the ticket was not refunded, or is not known to it (reading C3).
   */
  refundStateKnown?: boolean;
  /** The upstream was asked and silent. */
  silence?: Silence;
};

/** When and where a scan let its ticket in. */
export function entryAt({ scannedAt, gate }: Pick<Scan, 'scannedAt' | 'gate'>): FirstEntry {
  return { checkTime: scannedAt, gate };
}
