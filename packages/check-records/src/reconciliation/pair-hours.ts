import type { HourOfRecords, WallClockHour } from '@ticket-check/protocol';

type HourContents = Omit<HourOfRecords, 'hour'>;

/** What an hour of one cinema holds on either side. */
export type HourPair = { readonly hour: WallClockHour; readonly here: HourContents; readonly there: HourContents };

const EMPTY: HourContents = { records: 0, hash: '', quarantined: 0, undelivered: 0 };

/** Pairs the hours of two sides, in order; an hour that a side leaves out is empty there. */
export function pairHours(here: readonly HourOfRecords[], there: readonly HourOfRecords[]): HourPair[] {
  const [ours, theirs] = [here, there].map((hours) => new Map(hours.map((each) => [each.hour, each])));
  const hours = new Set([...here, ...there].map(({ hour }) => hour));
  return [...hours].sort().map((hour) => ({
    hour,
    here: ours?.get(hour) ?? EMPTY,
    there: theirs?.get(hour) ?? EMPTY,
  }));
}

/** Whether the records that count are the same. Quarantined ones count on neither side, so an hour without others has any hash. */
export const isEqualHour = ({ here, there }: HourPair): boolean =>
  here.records === there.records && (here.records === 0 || here.hash === there.hash);
