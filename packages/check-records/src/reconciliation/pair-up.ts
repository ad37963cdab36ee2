import type { CheckRecord, ListedCheckRecord } from '@ticket-check/protocol';
import { identityOf, keyOf, keyText } from '../tables/record-key.ts';
import type { ComparedRecord } from './compared-records.ts';

/** One record here and upstream; null on the side that lacks it. */
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

/** Pairs the records of an hour. */
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
