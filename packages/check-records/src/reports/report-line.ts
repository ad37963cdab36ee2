import type { CinemaCode, FilmCode, ScreenCode, SessionCode, WallClock } from '@ticket-check/protocol';

export type LineKey = {
  readonly cinemaCode: CinemaCode;
  readonly screenCode: ScreenCode;
  readonly sessionCode: SessionCode;
  readonly startTime: WallClock;
  readonly filmCode: FilmCode;
  /** The account that reported them, which at a third-party platform is the terminal; empty at a terminal. */
  readonly account: string;
  /** The gate where they were made; empty if unknown to the platform. */
  readonly gate: string;
};

export const COUNTS = [
  /** All that are kept. */
  'checked',
  /** Those that count as entries: all but the quarantined ones. */
  'entries',
  /** Entries that the upstream has accepted. */
  'delivered',
  /** Entries on their way upstream. */
  'waiting',
  /** Entries that the upstream refused by themselves. */
  'parked',
  /** Quarantined records, which do not count (readings R3, R6). */
  'quarantined',
  /** Entries of a ticket that had been entered before (reading R7). */
  'doubles',
  /** Entries whose ticket was refunded, as far as this service knows. */
  'lateRefunds',
  /** Entries without a TicketType (reading R5). */
  'incomplete',
  /** Entries whose guest did not go in (reading R9). */
  'undone',
  /** Those among them that still count at the upstream, which does not know yet or never will. */
  'undoneStanding',
  /** Entries that a supervisor let in in spite of a refusal (reading R10). */
  'overridden',
  /** Entries that a terminal let in by its offline policy, among those that say so (`offlineTold`). */
  'offline',
  /** Entries known to be online or offline; those of plain senders are not among them. */
  'offlineTold',
] as const;

export type RecordCounts = { readonly [count in (typeof COUNTS)[number]]: number };

export type ReportLine = LineKey & {
  /** Empty if no record of the line has it. */
  readonly screenName: string;
  readonly filmName: string;
} & RecordCounts;

const NONE = Object.fromEntries(COUNTS.map((count) => [count, 0])) as RecordCounts;

export function sumOf(counted: readonly RecordCounts[]): RecordCounts {
  const sum: Record<keyof RecordCounts, number> = { ...NONE };
  for (const counts of counted) for (const count of COUNTS) sum[count] += counts[count];
  return sum;
}

/** The two together, under the key of the first. A name that is blank in one may be filled in the other. */
export function together(line: ReportLine | undefined, next: ReportLine): ReportLine {
  if (line === undefined) return next;
  return {
    ...line,
    screenName: line.screenName || next.screenName,
    filmName: line.filmName || next.filmName,
    ...sumOf([line, next]),
  };
}

export function inOrderOfTheDay(a: LineKey, b: LineKey): number {
  for (const column of ORDER) if (a[column] !== b[column]) return a[column] < b[column] ? -1 : 1;
  return 0;
}

const ORDER = ['startTime', 'screenCode', 'sessionCode', 'filmCode', 'account', 'gate'] as const;

/** What the trade demands of a vendor: the percentage of entries that must have reached the national platform. */
export const DEMANDED_PERCENT = 98;

export type Completeness = Pick<RecordCounts, 'entries' | 'delivered'>;

/** Delivered entries as a part of all, cut (not rounded) to four decimals: 0.9799 is never shown as 0.98. null if there are no entries. */
export function completenessOf({ entries, delivered }: Completeness): number | null {
  return entries === 0 ? null : Math.floor((delivered * 10_000) / entries) / 10_000;
}

export function isTooIncomplete({ entries, delivered }: Completeness): boolean {
  return delivered * 100 < entries * DEMANDED_PERCENT;
}
