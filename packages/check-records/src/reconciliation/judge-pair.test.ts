import { addSeconds, type CheckRecord, type ListedCheckRecord, parseWallClock } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { TERMINAL_DEADLINE } from '../outbox/summary.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';
import { INCOMPLETE, makeRecord } from '../testing/records.ts';
import { type FindingKind, judgePair } from './judge-pair.ts';
import type { ComparedRecord } from './summarize-day.ts';

const at = parseWallClock('2026-11-24T23:00:00');
const judgedAt = { at, deadline: TERMINAL_DEADLINE };
const record = makeRecord(1);
const young = makeRecord(2, { checkTime: addSeconds(at, -59), receivedAt: addSeconds(at, -59) });
const late = makeRecord(3, { checkTime: addSeconds(at, -601) });
const lately = makeRecord(4, { checkTime: addSeconds(at, -599) });
const aside = { ...record, quarantine: 'CODE_NOT_GENUINE' } as const;
const refused = { parkedAt: at, nextAttemptAt: at, attempts: 1, errorCode: 'INVALID_PRICE', errorMessage: '' };

const hereOf = (each: ReceivedRecord, state: ComparedRecord['state'] = 'DELIVERED'): ComparedRecord => ({
  undone: null,
  record: each,
  state,
  refused: state === 'PARKED' ? refused : null,
});
const thereOf = (each: CheckRecord, changes: Partial<ListedCheckRecord> = {}): ListedCheckRecord => ({
  record: each,
  quarantine: null,
  delivered: true,
  refused: null,
  undone: false,
  ...changes,
});
const undoneHere = (upstream: 'DELIVERED' | 'WAITING' | 'REFUSED', undoneAt = record.checkTime): ComparedRecord => ({
  ...hereOf(record),
  undone: { recordId: record.recordId, at: undoneAt, upstream },
});
const kindOf = (here: ComparedRecord | null, there: ListedCheckRecord | null) =>
  judgePair({ here, there } as Parameters<typeof judgePair>[0], judgedAt)?.kind ?? null;

describe('what a pair of records says', () => {
  it.each<[string, ComparedRecord | null, ListedCheckRecord | null, FindingKind | null]>([
    ['is equal', hereOf(record), thereOf(record), null],
    ['is equal, and nobody passes it on', hereOf(record), thereOf(record, { delivered: null }), null],
    ['waits though upstream has it', hereOf(record, 'WAITING'), thereOf(record), null],
    ['was delivered and is not there', hereOf(record), null, 'missing-upstream'],
    ['was delivered a moment ago and is not there', hereOf(young), null, 'missing-upstream'],
    ['waits past its deadline', hereOf(late, 'WAITING'), null, 'missing-upstream'],
    ['waits within its deadline', hereOf(lately, 'WAITING'), null, 'on-its-way'],
    ['was refused', hereOf(record, 'PARKED'), null, 'refused-upstream'],
    ['is quarantined and not to be sent', hereOf(aside, 'QUARANTINED'), null, null],
    ['is quarantined on both sides', hereOf(aside, 'QUARANTINED'), thereOf(record, { quarantine: 'X' }), null],
    ['is quarantined here and counts there', hereOf(aside, 'QUARANTINED'), thereOf(record), 'quarantined-here'],
    ['is only there', null, thereOf(record), 'missing-here'],
    [
      'is quarantined there',
      hereOf(record),
      thereOf(record, { quarantine: 'CODE_NOT_GENUINE' }),
      'quarantined-upstream',
    ],
    ['was undone on both sides', undoneHere('WAITING'), thereOf(record, { undone: true }), null],
    ['was undone here, and upstream has that and counts it', undoneHere('DELIVERED'), thereOf(record), 'undone-here'],
    ['was undone here, which upstream refused', undoneHere('REFUSED'), thereOf(record), 'undone-here'],
    ['was undone here long ago, which waits', undoneHere('WAITING'), thereOf(record), 'undone-here'],
    [
      'was undone here just now, which waits',
      undoneHere('WAITING', addSeconds(at, -599)),
      thereOf(record),
      'on-its-way',
    ],
    ['was undone there', hereOf(record), thereOf(record, { undone: true }), 'undone-upstream'],
    [
      'was undone there and is of another price',
      hereOf(record),
      thereOf({ ...record, price: 4501 as CheckRecord['price'] }, { undone: true }),
      'undone-upstream',
    ],
    ['is of another price', hereOf(record), thereOf({ ...record, price: 4501 as CheckRecord['price'] }), 'differs'],
    ['is of another name', hereOf(record), thereOf({ ...record, filmName: '流浪地球 2' }), 'differs'],
    ['was completed there', hereOf({ ...record, ...INCOMPLETE }), thereOf(record), 'completed'],
    ['was completed here and sent', hereOf(record), thereOf({ ...record, ...INCOMPLETE }), 'differs'],
    ['was completed here and waits', hereOf(record, 'WAITING'), thereOf({ ...record, ...INCOMPLETE }), 'on-its-way'],
    [
      'was completed here and refused',
      hereOf(record, 'PARKED'),
      thereOf({ ...record, ...INCOMPLETE }),
      'refused-upstream',
    ],
    [
      'waits there within the deadline of a platform',
      hereOf(record),
      thereOf(makeRecord(1, { ...record, checkTime: record.checkTime }), { delivered: false }),
      'undelivered-upstream',
    ],
    [
      'was refused further up',
      hereOf(young),
      thereOf(young, { delivered: false, refused: 'INVALID_PRICE' }),
      'undelivered-upstream',
    ],
    ['waits there, made a moment ago', hereOf(young), thereOf(young, { delivered: false }), 'on-its-way'],
  ])('that %s', (_, here, there, kind) => {
    expect(kindOf(here, there)).toBe(kind);
  });

  it('names every element that differs, with both values, and none that was completed', () => {
    const theirs = { ...record, price: 4600 as CheckRecord['price'], rowNum: 8, screenName: '' };
    expect(judgePair({ here: hereOf({ ...record, ...INCOMPLETE }), there: thereOf(theirs) }, judgedAt)).toMatchObject({
      kind: 'differs',
      elements: { Price: expect.anything() },
    });
    const finding = judgePair({ here: hereOf(record), there: thereOf(theirs) }, judgedAt);
    expect(JSON.parse(JSON.stringify(finding?.elements))).toEqual({
      RowNum: { here: 7, upstream: 8 },
      Price: { here: 45, upstream: 46 },
    });
  });
});
