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
};

/** When the upstream was last heard, or `null` for never. */
export type Silence = { lastContactSeconds: number | null };

/** What an admission was answered beside its verdict. */
export type FirstAnswer = {
  /** Whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed: boolean;
  /**
   * Whether the upstream said that the ticket was not refunded, or is not known to it (reading C3); missing for an
   * admission that an earlier version made.
   */
  refundStateKnown?: boolean;
  /** The upstream was asked and silent. */
  silence?: Silence;
};

/** When and where a scan let its ticket in. */
export function entryAt({ scannedAt, gate }: Pick<Scan, 'scannedAt' | 'gate'>): FirstEntry {
  return { checkTime: scannedAt, gate };
}
