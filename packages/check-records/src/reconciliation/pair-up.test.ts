import {
  addSeconds,
  type CheckRecord,
  compareInOrder,
  type ListedCheckRecord,
  parseRecordId,
} from '@ticket-check/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { identityOf } from '../tables/record-key.ts';
import { makeRecord } from '../testing/records.ts';
import type { ComparedRecord } from './compared-records.ts';
import { type Pair, pairUp } from './pair-up.ts';

const one = makeRecord(0);

/** Few places and few codes, so that many records share them. */
const record = fc.record({ id: fc.nat(4), second: fc.nat(3), ticket: fc.nat(2), price: fc.nat(1) }).map(
  ({ id, second, ticket, price }): ReceivedRecord => ({
    ...one,
    recordId: parseRecordId(`019ab000-0000-7000-8000-00000000000${id}`),
    checkTime: addSeconds(one.checkTime, second),
    filmTicketCode: String(ticket).padStart(16, '7') as CheckRecord['filmTicketCode'],
    price: (4500 + price) as CheckRecord['price'],
  }),
);

const hereOf = (each: ReceivedRecord): ComparedRecord => ({
  record: each,
  state: 'DELIVERED',
  refused: null,
  undone: null,
});
const thereOf = (each: CheckRecord): ListedCheckRecord => ({
  record: each,
  quarantine: null,
  delivered: true,
  refused: null,
  undone: false,
});

async function* inOrder<R extends { record: CheckRecord }>(list: readonly R[]) {
  yield* list.toSorted((a, b) => compareInOrder(a.record, b.record));
}

async function pairsOf(here: readonly ComparedRecord[], there: readonly ListedCheckRecord[]): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const pair of pairUp(inOrder(here), inOrder(there))) pairs.push(pair);
  return pairs;
}

const place = ({ record: each }: { record: CheckRecord }) => `${each.checkTime} ${each.recordId}`;

/** How many pairs, and how many of the same ticket and code, two lists make: each with each. */
function naive(here: readonly ComparedRecord[], there: readonly ListedCheckRecord[]) {
  let [pairs, same] = [0, 0];
  for (const at of new Set([...here, ...there].map(place))) {
    const [ours, theirs] = [here.filter((each) => place(each) === at), there.filter((each) => place(each) === at)];
    pairs += Math.min(ours.length, theirs.length);
    for (const identity of new Set(ours.map((each) => identityOf(each.record)))) {
      const count = (list: readonly { record: CheckRecord }[]) =>
        list.filter((each) => identityOf(each.record) === identity).length;
      same += Math.min(count(ours), count(theirs));
    }
  }
  return { pairs, same };
}

describe('pairing of two lists', () => {
  it('pairs what a comparison of each with each pairs, and keeps everything in order', async () => {
    const lists = fc.tuple(fc.array(record, { maxLength: 30 }), fc.array(record, { maxLength: 30 }));
    await fc.assert(
      fc.asyncProperty(lists, async ([ours, theirs]) => {
        const [here, there] = [ours.map(hereOf), theirs.map(thereOf)];
        const pairs = await pairsOf(here, there);
        const both = pairs.filter((pair) => pair.here !== null && pair.there !== null);
        const same = both.filter(
          (pair) =>
            pair.here !== null && pair.there !== null && identityOf(pair.here.record) === identityOf(pair.there.record),
        );
        expect({ pairs: both.length, same: same.length }).toEqual(naive(here, there));
        for (const pair of both)
          expect(place(pair.here as ComparedRecord)).toBe(place(pair.there as ListedCheckRecord));
        expect(new Set(pairs.flatMap((pair) => pair.here ?? []))).toEqual(new Set(here));
        expect(new Set(pairs.flatMap((pair) => pair.there ?? []))).toEqual(new Set(there));
        expect(pairs.length).toBe(here.length + there.length - both.length);
        const order = pairs.map((pair) => place((pair.here ?? pair.there) as ComparedRecord));
        expect(order).toEqual(order.toSorted());
      }),
    );
  });
});
