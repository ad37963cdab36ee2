import { type BusinessDate, businessDate, parseBusinessDate, wallClockAt } from '@ticket-check/protocol';

const MS_A_DAY = 86_400_000;

/** What lies in the store of the platform before anything is measured. */
export type LargeStore = {
  /** Business dates that end with the current one, and how many records each has. */
  readonly days: number;
  readonly aDay: number;
  /** Records of one more business date, before those. */
  readonly longDay: number;
  /** Number of cinemas, with consecutive codes. */
  readonly cinemas: number;
  readonly firstCinema: number;
};

/** The business date a number of days before the current one. */
export function dateBefore(days: number): BusinessDate {
  const today = Date.parse(businessDate(wallClockAt(Date.now())));
  return parseBusinessDate(new Date(today - days * MS_A_DAY).toISOString().slice(0, 10));
}
