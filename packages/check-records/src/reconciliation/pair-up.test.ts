import { addSeconds, type CheckRecord, type ListedCheckRecord, parseRecordId } from '@ticket-check/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { identityOf, keyOf, keyText } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { makeRecord } from '../testing/records.ts';
import { pairUp } from './pair-up.ts';
import type { ComparedRecord } from './summarize-day.ts';

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

const OURS = { state: 'DELIVERED', refused: null, undone: null } as const;
const hereOf = (each: ReceivedRecord): ComparedRecord => ({ record: each, ...OURS });
const THEIRS = { quarantine: null, delivered: true, refused: null, undone: false };
const thereOf = (each: CheckRecord): ListedCheckRecord => ({ record: each, ...THEIRS });

it('pairs each record of an hour once: by its key, else by RecordId or by what it names', () => {
  const lists = fc.tuple(fc.array(record, { maxLength: 30 }), fc.array(record, { maxLength: 30 }));
  fc.assert(
    fc.property(lists, ([ours, theirs]) => {
      const [here, there] = [ours.map(hereOf), theirs.map(thereOf)];
      const pairs = pairUp(here, there);
      expect(pairs.flatMap((pair) => pair.here ?? []).toSorted(byPlace)).toEqual(here.toSorted(byPlace));
      expect(pairs.flatMap((pair) => pair.there ?? []).toSorted(byPlace)).toEqual(there.toSorted(byPlace));
      const keysOf = (list: readonly { record: CheckRecord }[]) =>
        Map.groupBy(list, (each) => keyText(keyOf(each.record)));
      const theirKeys = keysOf(there);
      const equal = pairs.filter(
        ({ here: own, there: other }) =>
          own !== null && other !== null && keyText(keyOf(own.record)) === keyText(keyOf(other.record)),
      );
      const expected = [...keysOf(here)].reduce(
        (sum, [key, { length }]) => sum + Math.min(length, theirKeys.get(key)?.length ?? 0),
        0,
      );
      expect(equal).toHaveLength(expected);
      // Nothing is left on both sides that has a name in common.
      const left = (side: 'here' | 'there') =>
        pairs.filter((pair) => pair[side === 'here' ? 'there' : 'here'] === null);
      for (const nameOf of [(each: CheckRecord) => each.recordId, identityOf]) {
        const names = new Set(left('here').flatMap(({ here: own }) => (own === null ? [] : nameOf(own.record))));
        for (const { there: other } of left('there'))
          expect(names.has(nameOf((other as ListedCheckRecord).record))).toBe(false);
      }
    }),
  );
});

const place = ({ record: each }: { record: CheckRecord }) => `${keyText(keyOf(each))} ${each.price}`;
const byPlace = (a: { record: CheckRecord }, b: { record: CheckRecord }) => (place(a) < place(b) ? -1 : 1);
