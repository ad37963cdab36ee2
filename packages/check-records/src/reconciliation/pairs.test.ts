import {
  addSeconds,
  type CheckRecord,
  checkTicketJson,
  type ListedCheckRecord,
  parseRecordId,
  parseWallClock,
} from '@ticket-check/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import { identityOf, keyOf, keyText } from '../tables/keys.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { INCOMPLETE, makeRecord } from '../testing/records.ts';
import { type FindingKind, judgePair, pairUp } from './pairs.ts';
import type { ComparedRecord } from './summarize-day.ts';

const at = parseWallClock('2026-11-24T23:00:00');
const judgedAt = { at, deadline: TERMINAL_DEADLINE };
const record = makeRecord(1);
const young = makeRecord(2, { checkTime: addSeconds(at, -59), receivedAt: addSeconds(at, -59) });
const late = makeRecord(3, { checkTime: addSeconds(at, -601) });
const lately = makeRecord(4, { checkTime: addSeconds(at, -599) });
const dearer = { ...record, price: 4501 as CheckRecord['price'] };
const bare = { ...record, ...INCOMPLETE };
const aside = { ...record, quarantine: 'CODE_NOT_GENUINE' } as const;
const refused = { parkedAt: at, nextAttemptAt: at, attempts: 1, errorCode: 'INVALID_PRICE', errorMessage: '' };

const ours = (each: ReceivedRecord, state: ComparedRecord['state'] = 'DELIVERED'): ComparedRecord => ({
  ...{ record: each, state, undone: null, refused: state === 'PARKED' ? refused : null },
});
const LISTED = { quarantine: null, delivered: true, refused: null, undone: false };
const theirs = (each: CheckRecord, changes: Partial<ListedCheckRecord> = {}) => ({
  record: each,
  ...LISTED,
  ...changes,
});
const undoneHere = (upstream: 'DELIVERED' | 'WAITING' | 'REFUSED', undoneAt = record.checkTime): ComparedRecord => ({
  ...ours(record),
  undone: { recordId: record.recordId, at: undoneAt, upstream },
});
const kindOf = (here: ComparedRecord | null, there: ListedCheckRecord | null) =>
  judgePair({ here, there } as Parameters<typeof judgePair>[0], judgedAt)?.kind ?? null;

describe('what a pair of records says', () => {
  it.each<[string, ComparedRecord | null, ListedCheckRecord | null, FindingKind | null]>([
    ['is equal', ours(record), theirs(record), null],
    ['is equal, and nobody passes it on', ours(record), theirs(record, { delivered: null }), null],
    ['waits though upstream has it', ours(record, 'WAITING'), theirs(record), null],
    ['was delivered and is not there', ours(record), null, 'missing-upstream'],
    ['was delivered a moment ago and is not there', ours(young), null, 'missing-upstream'],
    ['waits past its deadline', ours(late, 'WAITING'), null, 'missing-upstream'],
    ['waits within its deadline', ours(lately, 'WAITING'), null, 'on-its-way'],
    ['was refused', ours(record, 'PARKED'), null, 'refused-upstream'],
    ['is quarantined and not to be sent', ours(aside, 'QUARANTINED'), null, null],
    ['is quarantined on both sides', ours(aside, 'QUARANTINED'), theirs(record, { quarantine: 'X' }), null],
    ['is quarantined here and counts there', ours(aside, 'QUARANTINED'), theirs(record), 'quarantined-here'],
    ['is only there', null, theirs(record), 'missing-here'],
    ['is quarantined there', ours(record), theirs(record, { quarantine: 'CODE_NOT_GENUINE' }), 'quarantined-upstream'],
    ['was undone on both sides', undoneHere('WAITING'), theirs(record, { undone: true }), null],
    ['was undone here, and upstream has that and counts it', undoneHere('DELIVERED'), theirs(record), 'undone-here'],
    ['was undone here, which upstream refused', undoneHere('REFUSED'), theirs(record), 'undone-here'],
    ['was undone here long ago, which waits', undoneHere('WAITING'), theirs(record), 'undone-here'],
    ['was undone here just now', undoneHere('WAITING', addSeconds(at, -599)), theirs(record), 'on-its-way'],
    ['was undone there', ours(record), theirs(record, { undone: true }), 'undone-upstream'],
    ['was undone there, of another price', ours(record), theirs(dearer, { undone: true }), 'undone-upstream'],
    ['is of another price', ours(record), theirs(dearer), 'differs'],
    ['is of another name', ours(record), theirs({ ...record, filmName: '流浪地球 2' }), 'differs'],
    ['was completed there', ours(bare), theirs(record), 'completed'],
    ['was completed here and sent', ours(record), theirs(bare), 'differs'],
    ['was completed here and waits', ours(record, 'WAITING'), theirs(bare), 'on-its-way'],
    ['was completed and refused', ours(record, 'PARKED'), theirs(bare), 'refused-upstream'],
    ['waits there for long', ours(record), theirs(record, { delivered: false }), 'undelivered-upstream'],
    ['was refused further up', ours(young), theirs(young, { delivered: false, refused: 'X' }), 'undelivered-upstream'],
    ['waits there, made a moment ago', ours(young), theirs(young, { delivered: false }), 'on-its-way'],
  ])('that %s', (_, here, there, kind) => {
    expect(kindOf(here, there)).toBe(kind);
  });

  it('names every element that differs, with both values, and none that was completed', () => {
    const other = { ...record, price: 4600 as CheckRecord['price'], rowNum: 8, screenName: '' };
    expect(judgePair({ here: ours(bare), there: theirs(other) }, judgedAt)).toMatchObject({
      kind: 'differs',
      elements: { Price: expect.anything() },
    });
    const finding = judgePair({ here: ours(record), there: theirs(other) }, judgedAt);
    expect(JSON.parse(JSON.stringify(finding?.elements))).toEqual({
      RowNum: { here: 7, upstream: 8 },
      Price: { here: 45, upstream: 46 },
    });
  });

  it('compares every element that goes up', () => {
    const whole: CheckRecord = { ...record, overriddenVerdict: 'REFUNDED' };
    const form = { extended: true, overrides: true, priceForm: 'two-decimals' } as const;
    const jsonOf = (each: CheckRecord): Record<string, unknown> =>
      JSON.parse(JSON.stringify(checkTicketJson(each, form)));
    const names = Object.keys(jsonOf(whole));
    const found = Object.entries(whole).map(([property, value]) => {
      const other: CheckRecord = { ...whole, [property]: typeof value === 'number' ? value + 1 : `other ${value}` };
      const changed = names.filter((name) => jsonOf(other)[name] !== jsonOf(whole)[name]);
      const finding = judgePair({ here: ours({ ...record, ...whole }), there: theirs(other) }, judgedAt);
      expect([finding?.kind, Object.keys(finding?.elements ?? {})]).toEqual([changed[0] && 'differs', changed]);
      return changed;
    });
    expect(found.flat().toSorted()).toEqual(names.toSorted());
  });
});

/** Few places and few codes, so that many records share them. */
const some = fc.record({ id: fc.nat(4), second: fc.nat(3), ticket: fc.nat(2), price: fc.nat(1) }).map(
  ({ id, second, ticket, price }): ReceivedRecord => ({
    ...record,
    recordId: parseRecordId(`019ab000-0000-7000-8000-00000000000${id}`),
    checkTime: addSeconds(record.checkTime, second),
    filmTicketCode: String(ticket).padStart(16, '7') as CheckRecord['filmTicketCode'],
    price: (4500 + price) as CheckRecord['price'],
  }),
);

it('pairs each record of an hour once: by its key, else by RecordId or by what it names', () => {
  const lists = fc.tuple(fc.array(some, { maxLength: 30 }), fc.array(some, { maxLength: 30 }));
  fc.assert(
    fc.property(lists, ([left, right]) => {
      const [here, there] = [left.map((each) => ours(each)), right.map((each) => theirs(each))];
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
      const leftOn = (side: 'here' | 'there') =>
        pairs.filter((pair) => pair[side === 'here' ? 'there' : 'here'] === null);
      for (const nameOf of [(each: CheckRecord) => each.recordId, identityOf]) {
        const names = new Set(leftOn('here').flatMap(({ here: own }) => (own === null ? [] : nameOf(own.record))));
        for (const { there: other } of leftOn('there'))
          expect(names.has(nameOf((other as ListedCheckRecord).record))).toBe(false);
      }
    }),
  );
});

const place = ({ record: each }: { record: CheckRecord }) => `${keyText(keyOf(each))} ${each.price}`;
const byPlace = (a: { record: CheckRecord }, b: { record: CheckRecord }) => (place(a) < place(b) ? -1 : 1);
