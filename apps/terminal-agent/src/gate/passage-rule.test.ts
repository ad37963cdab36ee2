import type { RecordId } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { createPassages, LATE_MS, type PassageFinding } from './passage-rule.ts';

type Passages = ReturnType<typeof createPassages>;
type Event = (passages: Passages) => unknown;

const [ANNA, BO] = ['a', 'b'] as unknown as [RecordId, RecordId];
const admitted =
  (recordId: RecordId, at: number): Event =>
  (passages) =>
    passages.admitted(recordId, at);
const passed =
  (at: number): Event =>
  (passages) =>
    passages.passed(at);
const time =
  (at: number): Event =>
  (passages) =>
    passages.findOverdue(at);

/** What is found by events that follow each other. */
function found(...events: Event[]): PassageFinding[] {
  const passages = createPassages(10_000);
  return events.flatMap((event) => (event(passages) as PassageFinding[] | undefined) ?? []);
}

it('a guest who goes through in time is no finding, nor are two who follow each other', () => {
  expect(found(admitted(ANNA, 0), passed(9_999), time(60_000))).toEqual([]);
  expect(found(admitted(ANNA, 0), admitted(BO, 100), passed(1000), passed(2000), time(60_000))).toEqual([]);
});

it('a guest whom the sensor does not see in time is missed, the first of two who did not both go through', () => {
  expect(found(admitted(ANNA, 0), time(9_999))).toEqual([]);
  expect(found(admitted(ANNA, 0), time(10_000), time(11_000))).toEqual([{ kind: 'unpassed', recordId: ANNA }]);
  expect(found(admitted(ANNA, 0), admitted(BO, 100), passed(1000), time(30_000))).toEqual([
    { kind: 'unpassed', recordId: BO },
  ]);
});

it('reports a person who was not admitted, even right behind a guest', () => {
  expect(found(passed(0))).toEqual([{ kind: 'unadmitted' }]);
  expect(found(admitted(ANNA, 0), passed(1000), passed(1500))).toEqual([{ kind: 'unadmitted' }]);
});

it('a guest who comes late is the one who was missed, once and for a minute', () => {
  const unpassed = { kind: 'unpassed', recordId: ANNA };
  const late = { kind: 'late', recordId: ANNA };
  expect(found(admitted(ANNA, 0), passed(15_000))).toEqual([unpassed, late]);
  expect(found(admitted(ANNA, 0), time(10_000), passed(20_000), passed(21_000))).toEqual([
    unpassed,
    late,
    { kind: 'unadmitted' },
  ]);
  expect(found(admitted(ANNA, 0), time(10_000), passed(10_000 + LATE_MS))).toEqual([unpassed, { kind: 'unadmitted' }]);
});

it('a guest whose gate stayed shut may go through, and is not missed where staff let them in elsewhere', () => {
  const byHand: Event = (passages) => passages.notOpened(ANNA);
  expect(found(admitted(ANNA, 0), byHand, passed(3000))).toEqual([]);
  expect(found(admitted(ANNA, 0), byHand, time(30_000))).toEqual([]);
  // They scan again, and it opens: one guest, not two.
  expect(found(admitted(ANNA, 0), byHand, admitted(ANNA, 5000), passed(6000), time(60_000))).toEqual([]);
  expect(found(admitted(ANNA, 0), byHand, admitted(ANNA, 5000), time(15_000))).toEqual([
    { kind: 'unpassed', recordId: ANNA },
  ]);
});

it('nothing is said of guests who may have gone through while the sensor could not be read', () => {
  expect(found(admitted(ANNA, 0), (passages) => passages.blind(), time(60_000))).toEqual([]);
});
