import type { CheckRecord, HourOfRecords, ListedCheckRecord, WallClockHour } from '@ticket-check/protocol';
import { identityOf, keyOf, keyText } from '../tables/keys.ts';
import type { ComparedRecord } from './summarize-day.ts';

export type Pair =
  | { readonly here: ComparedRecord; readonly there: ListedCheckRecord }
  | { readonly here: ComparedRecord; readonly there: null }
  | { readonly here: null; readonly there: ListedCheckRecord };

/** What the same record is known by, the surest first: what has only the second or third in common was changed on one side. Reading X3. */
const NAMES: readonly ((record: CheckRecord) => string)[] = [
  (record) => keyText(keyOf(record)),
  (record) => record.recordId,
  identityOf,
];

export function pairUp(here: readonly ComparedRecord[], there: readonly ListedCheckRecord[]): Pair[] {
  const pairs: Pair[] = [];
  let [ours, theirs] = [here, there];
  for (const nameOf of NAMES) {
    const named = Map.groupBy(theirs, ({ record }) => nameOf(record));
    ours = ours.filter((own) => {
      const other = named.get(nameOf(own.record))?.shift();
      if (other !== undefined) pairs.push({ here: own, there: other });
      return other === undefined;
    });
    theirs = [...named.values()].flat();
  }
  return [
    ...pairs,
    ...ours.map((own) => ({ here: own, there: null })),
    ...theirs.map((other) => ({ here: null, there: other })),
  ];
}

type HourContents = Omit<HourOfRecords, 'hour'>;

export type HourPair = { readonly hour: WallClockHour; readonly here: HourContents; readonly there: HourContents };

const EMPTY: HourContents = { records: 0, hash: '', quarantined: 0, undelivered: 0 };

/** Pairs the hours of two sides, in order; an hour that a side leaves out is empty there. */
export function pairHours(here: readonly HourOfRecords[], there: readonly HourOfRecords[]): HourPair[] {
  const [ours, theirs] = [here, there].map((hours) => new Map(hours.map((each) => [each.hour, each])));
  const hours = new Set([...here, ...there].map(({ hour }) => hour));
  return [...hours].sort().map((hour) => ({ hour, here: ours?.get(hour) ?? EMPTY, there: theirs?.get(hour) ?? EMPTY }));
}

/** Whether the records that count are the same. Quarantined ones count on neither side, so an hour without others has any hash. */
export const isEqualHour = ({ here, there }: HourPair): boolean =>
  here.records === there.records && (here.records === 0 || here.hash === there.hash);
