import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { FirstEntry } from '../admission/rules.ts';

/** A scan at its start: its identity, time and place. */
export type Scan = {
  recordId: RecordId;
  gate: string;
  scannedAt: WallClock;
  textHash: string;
  /** The correction of the clock for `scannedAt`, and whether it could be trusted. Reading C7. */
  clockCorrectionMs: number;
  clockTrusted: boolean;
  /** The e-ticket that it was shown as; null for the bare code of a printed ticket. */
  eTicket: ShownETicket | null;
};

/** What an e-ticket claims, proved or not. Reading C5. */
export type ShownETicket = {
  /** When the platform verified it. */
  time: WallClock;
  /** Its age at the scan, in seconds; negative: its time is in the future. */
  ageSeconds: number;
};

/** Reads the e-ticket of a row. */
export function shownETicket(row: {
  readonly eTicketTime: string | null;
  readonly eTicketAgeSeconds: number | null;
}): ShownETicket | null {
  const { eTicketTime: time, eTicketAgeSeconds: ageSeconds } = row;
  return time === null || ageSeconds === null ? null : { time: time as WallClock, ageSeconds };
}

export type Silence = {
  /** Seconds since the last answer of the upstream; `null` for never. */
  lastContactSeconds: number | null;
  /** Up to when all refunds were known; `null` if the upstream does not announce them. Reading X9. */
  changesKnownAt: WallClock | null;
};

/** The answer to an admission besides its verdict. */
export type FirstAnswer = {
  /** Whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed: boolean;
  /**
   * Whether the upstream said that the ticket was not refunded, or is not known to it (reading C3).
   */
  refundStateKnown?: boolean;
  /** Set if the upstream was asked and silent. */
  silence?: Silence;
};

/** When and where a scan let its ticket in. */
export function entryAt({ scannedAt, gate }: Pick<Scan, 'scannedAt' | 'gate'>): FirstEntry {
  return { checkTime: scannedAt, gate };
}
