import { addSeconds, type ClaimEntry, parseRecordId } from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { firstOf, objectionAbove, standingOf } from './claim-rule.ts';

const { info } = sellTicket(makeUkey());
const id = (n: number) => parseRecordId(`019a0000-0000-7000-8000-00000000000${n}`);
const [ours, theirs, third] = [id(1), id(2), id(3)];
const entryOf = (recordId: typeof ours, secondsAfter = 0, gate = ''): ClaimEntry => ({
  recordId,
  checkTime: addSeconds(info.startTime, secondsAfter),
  gate,
});

describe('objectionAbove', () => {
  test('nothing stands against a ticket whose state is fine, not known, or unknown to the national platform', () => {
    for (const state of [info, null, 'unknown-ticket'] as const) expect(objectionAbove(state, ours)).toBeNull();
    expect(objectionAbove({ ...info, checkStatus: 'unknown', refundStatus: 'unknown' }, ours)).toBeNull();
  });

  test('a refund does, and outweighs an entry', () => {
    const refunded = { ...info, refundStatus: 'Yes', checkStatus: 'Yes', entry: entryOf(theirs) } as const;
    expect(objectionAbove(refunded, ours)).toBe('refunded');
  });

  test('an entry does, unless it is the very record that claims', () => {
    const entered = (recordId: typeof ours) => ({ ...info, checkStatus: 'Yes', entry: entryOf(recordId) }) as const;
    expect(objectionAbove(entered(theirs), ours)).toEqual({ entry: entryOf(theirs) });
    expect(objectionAbove(entered(ours), ours)).toBeNull();
    expect(objectionAbove({ ...info, checkStatus: 'Yes' }, ours)).toEqual({ entry: null });
  });
});

describe('standingOf', () => {
  const claimed = { kind: 'claimed' };
  const enteredBy = (entry: ClaimEntry) => ({ kind: 'entered', entry });

  test('a ticket of which nothing is known is for the database to decide', () => {
    expect(standingOf({ holder: null, records: [] }, ours)).toBeNull();
  });

  test('a claim stands for its own record and against every other', () => {
    const known = { holder: entryOf(ours, 0, 'east'), records: [] };
    expect(standingOf(known, ours)).toEqual(claimed);
    expect(standingOf(known, theirs)).toEqual(enteredBy(entryOf(ours, 0, 'east')));
  });

  test('a record that came meanwhile wins over a claim that has led to no entry', () => {
    const known = { holder: entryOf(ours), records: [entryOf(theirs, 5)] };
    expect(standingOf(known, ours)).toEqual(enteredBy(entryOf(theirs, 5)));
  });

  test('who claimed and entered is answered the same, also where a second entry is known', () => {
    const known = { holder: entryOf(ours), records: [entryOf(ours), entryOf(theirs, -5)] };
    expect(standingOf(known, ours)).toEqual(claimed);
  });

  test('a second entry is no claim, even if its record is here: somebody else was told yes', () => {
    const known = { holder: entryOf(ours), records: [entryOf(theirs)] };
    expect(standingOf(known, theirs)).toEqual(enteredBy(entryOf(ours)));
  });
});

describe('firstOf', () => {
  test('is the lowest check time, then the lowest RecordId, and names the gate where it is known', () => {
    const known = { holder: entryOf(theirs, 0, 'east'), records: [entryOf(theirs), entryOf(third), entryOf(ours, 1)] };
    expect(firstOf(known, null)).toEqual(entryOf(theirs, 0, 'east'));
    expect(firstOf(known, theirs)).toEqual(entryOf(third));
    expect(firstOf({ holder: null, records: [] }, null)).toBeNull();
  });
});
