import type { CinemaCode } from '@ticket-check/protocol';
import { type RecordCounts, type ReportLine, sumOf } from './report-line.ts';

/** What the trade demands of a vendor: the percentage of entries that must have reached the national platform. */
export const DEMANDED_PERCENT = 98;

/** Of a cinema and business date, what reached the upstream of what was admitted. */
export type Completeness = Pick<RecordCounts, 'entries' | 'delivered'>;

/** Delivered entries as a part of all, cut (not rounded) to four decimals: 0.9799 is never shown as 0.98. null if there are no entries. */
export function completenessOf({ entries, delivered }: Completeness): number | null {
  return entries === 0 ? null : Math.floor((delivered * 10_000) / entries) / 10_000;
}

/** Whether fewer entries have reached the upstream than is demanded. */
export function isTooIncomplete({ entries, delivered }: Completeness): boolean {
  return delivered * 100 < entries * DEMANDED_PERCENT;
}

/** The counts of each cinema, in the order of the lines. */
export function countsByCinema(lines: readonly ReportLine[]): Map<CinemaCode, RecordCounts> {
  const byCinema = Map.groupBy(lines, ({ cinemaCode }) => cinemaCode);
  return new Map([...byCinema].map(([cinemaCode, ofCinema]) => [cinemaCode, sumOf(ofCinema)]));
}
