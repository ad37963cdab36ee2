import { compareInOrder, type ListedCheckRecord } from '@ticket-check/protocol';
import { identityOf } from '../tables/record-key.ts';
import type { ComparedRecord } from './compared-records.ts';

/** One record here and upstream; null on the side that lacks it. */
export type Pair =
  | { readonly here: ComparedRecord; readonly there: ListedCheckRecord }
  | { readonly here: ComparedRecord; readonly there: null }
  | { readonly here: null; readonly there: ListedCheckRecord };

/**
 * Goes through two lists of records, each in its order (`compareInOrder`), and pairs equal records: same RecordId and CheckTime,
 * and among several the same ticket and code; the rest is paired in order. Holds only the records of one place.
 */
export async function* pairUp(
  here: AsyncIterable<ComparedRecord>,
  there: AsyncIterable<ListedCheckRecord>,
): AsyncGenerator<Pair> {
  const ours = places(here);
  const theirs = places(there);
  // Here first: what upstream has confirmed by then, it lists.
  let own = await ours.next();
  let other = await theirs.next();
  while (own.done !== true || other.done !== true) {
    const order =
      own.done === true ? 1 : other.done === true ? -1 : compareInOrder(placeOf(own.value), placeOf(other.value));
    yield* pairPlace(
      order <= 0 && own.done !== true ? own.value : [],
      order >= 0 && other.done !== true ? other.value : [],
    );
    if (order <= 0) own = await ours.next();
    if (order >= 0) other = await theirs.next();
  }
}

const placeOf = (records: readonly { readonly record: Parameters<typeof compareInOrder>[0] }[]) =>
  (records[0] as (typeof records)[number]).record;

/** Records of one place together. */
async function* places<R extends { readonly record: Parameters<typeof compareInOrder>[0] }>(
  list: AsyncIterable<R>,
): AsyncGenerator<R[]> {
  let place: R[] = [];
  for await (const each of list) {
    if (place[0] !== undefined && compareInOrder(place[0].record, each.record) !== 0) {
      yield place;
      place = [];
    }
    place.push(each);
  }
  if (place.length > 0) yield place;
}

function* pairPlace(ours: readonly ComparedRecord[], theirs: readonly ListedCheckRecord[]): Generator<Pair> {
  const [own, other] = [ours[0], theirs[0]];
  // The usual case, without a hash.
  if (ours.length <= 1 && theirs.length <= 1) {
    if (own !== undefined && other !== undefined) yield { here: own, there: other };
    else if (own !== undefined) yield { here: own, there: null };
    else if (other !== undefined) yield { here: null, there: other };
    return;
  }
  const left = Map.groupBy(theirs, ({ record }) => identityOf(record));
  const unpaired: ComparedRecord[] = [];
  for (const here of ours) {
    const there = left.get(identityOf(here.record))?.shift();
    if (there === undefined) unpaired.push(here);
    else yield { here, there };
  }
  const rest = [...left.values()].flat();
  for (const here of unpaired) {
    const there = rest.shift();
    yield there === undefined ? { here, there: null } : { here, there };
  }
  for (const there of rest) yield { here: null, there };
}
