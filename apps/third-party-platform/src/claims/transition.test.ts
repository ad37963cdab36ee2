import { addSeconds, parseRecordId, parseWallClock, type RecordId } from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { earliest, objectionAbove } from './first-entry.ts';
import {
  type ClaimEvent,
  type Entry,
  NOTHING_KNOWN,
  type ReleaseEvent,
  type TicketEvent,
  type TicketState,
  transition,
} from './transition.ts';

const at = parseWallClock('2026-11-24T20:00:00');
const id = (n: number) => parseRecordId(`019a0000-0000-7000-8000-00000000000${n}`);
const [ours, theirs, third] = [id(1), id(2), id(3)];

const claim = (recordId: RecordId, changes: Partial<ClaimEvent> = {}): ClaimEvent => ({
  kind: 'claim',
  recordId,
  checkTime: at,
  gate: 'east',
  account: 'one',
  claimedAt: at,
  objection: null,
  ...changes,
});
const release = (recordId: RecordId, changes: Partial<ReleaseEvent> = {}): ReleaseEvent => ({
  kind: 'release',
  recordId,
  account: 'one',
  uncertain: false,
  releasedAt: at,
  withoutClaim: 'keep',
  ...changes,
});
const record = (recordId: RecordId, secondsAfter = 0): Entry => ({
  recordId,
  checkTime: addSeconds(at, secondsAfter),
  account: 'one',
  receivedAt: at,
});
const report = (recordId: RecordId, secondsAfter = 0) =>
  ({ kind: 'report', record: record(recordId, secondsAfter) }) as const;

const undo = (recordId: RecordId, secondsAfter = 0, account = 'one') =>
  ({
    kind: 'undo',
    record: { recordId, checkTime: addSeconds(at, secondsAfter), account },
    undoneAt: at,
  }) as const;

/** The state after these events, from nothing. */
const after = (...events: TicketEvent[]): TicketState =>
  events.reduce((state, event) => transition(state, event).state, NOTHING_KNOWN);
/** What the last of these events is answered. */
const answerTo = (...events: TicketEvent[]) =>
  transition(after(...events.slice(0, -1)), events.at(-1) as TicketEvent).answer;

const claimed = { kind: 'claimed', entryPossible: false };
const enteredBy = (recordId: RecordId, secondsAfter = 0, gate = '') => ({
  kind: 'entered',
  entry: { recordId, checkTime: addSeconds(at, secondsAfter), gate },
});

describe('a claim', () => {
  test('holds for its own record and against every other', () => {
    expect(answerTo(claim(ours))).toEqual(claimed);
    expect(answerTo(claim(ours), claim(ours))).toEqual(claimed);
    expect(answerTo(claim(ours), claim(theirs))).toEqual(enteredBy(ours, 0, 'east'));
  });

  test('is another one through another account', () => {
    expect(answerTo(claim(ours), claim(ours, { account: 'two' }))).toEqual(enteredBy(ours, 0, 'east'));
    expect(answerTo(claim(ours), report(ours), claim(ours, { account: 'two' }))).toMatchObject({ kind: 'entered' });
  });

  test('made under a former account gets the same answer as under that one', () => {
    const moved = claim(ours, { account: 'two' });
    const doubt = [claim(theirs), release(theirs, { uncertain: true })];
    expect(answerTo(...doubt, claim(ours), moved)).toEqual({ ...enteredBy(ours, 0, 'east'), entryPossible: true });
    expect(answerTo(...doubt, claim(ours), report(ours), moved)).toMatchObject({ entryPossible: true });
    expect(answerTo(...doubt, claim(ours), claim(third))).toEqual(enteredBy(ours, 0, 'east'));
    // Somebody else is inside, and nobody by this claim yet.
    expect(answerTo(claim(ours), report(theirs, 5), moved)).toEqual(enteredBy(theirs, 5));
  });

  test('gives way to a record that came before its own', () => {
    expect(answerTo(claim(ours), report(theirs, 5), claim(ours))).toEqual(enteredBy(theirs, 5));
  });

  test('that led to an entry is answered the same, also where a second entry is known', () => {
    expect(answerTo(claim(ours), report(ours), report(theirs, -5), claim(ours))).toEqual(claimed);
  });

  test('is not made by a second record: another one was admitted', () => {
    expect(answerTo(claim(ours), report(theirs), claim(theirs))).toEqual(enteredBy(ours, 0, 'east'));
  });

  test('yields to what the platform above says, and changes nothing then', () => {
    expect(answerTo(claim(ours, { objection: { kind: 'refunded' } }))).toEqual({ kind: 'refunded' });
    const elsewhere = { kind: 'entered', entry: { recordId: third, checkTime: addSeconds(at, 7), gate: '' } } as const;
    expect(answerTo(claim(ours, { objection: elsewhere }))).toEqual(enteredBy(third, 7));
    expect(after(claim(ours, { objection: elsewhere }))).toEqual(NOTHING_KNOWN);
    expect(answerTo(report(theirs, 3), claim(ours, { objection: elsewhere }))).toEqual(enteredBy(theirs, 3));
  });

  test('is not refused for a Yes without an entry where its own record was sent above', () => {
    const plainYes = { kind: 'entered', entry: null } as const;
    expect(answerTo(claim(ours, { objection: plainYes }))).toEqual({ kind: 'entered', entry: null });
    expect(answerTo(claim(ours), report(ours), claim(ours, { objection: plainYes }))).toEqual(claimed);
  });
});

describe('a release', () => {
  test('frees the ticket, and its claim never comes back', () => {
    expect(answerTo(claim(ours), release(ours))).toBe('released');
    expect(answerTo(claim(ours), release(ours), claim(theirs))).toEqual(claimed);
    expect(answerTo(claim(ours), release(ours), claim(ours))).toEqual({ kind: 'released' });
    expect(answerTo(release(ours), claim(ours))).toEqual({ kind: 'released' });
  });

  test('is for the account that claimed', () => {
    expect(answerTo(claim(ours), release(ours, { account: 'two' }))).toBe('not-holder');
    expect(after(claim(ours), release(ours, { account: 'two' }))).toEqual(after(claim(ours)));
    expect(answerTo(release(ours, { account: 'two' }), claim(ours))).toEqual(claimed);
  });

  test('does not take back an entry', () => {
    expect(answerTo(claim(ours), report(ours), release(ours))).toBe('entered');
    expect(after(claim(ours), report(ours), release(ours))).toEqual(after(claim(ours), report(ours)));
  });

  test('hands the ticket to the first other record of it', () => {
    const { holder } = after(claim(ours), report(third, 9), report(theirs, 4), release(ours));
    expect(holder).toMatchObject({ recordId: theirs, recorded: true, gate: '' });
  });

  test('by a supervisor is uncertain, and only of a claim that stands', () => {
    const bySupervisor = release(ours, { account: null });
    expect(answerTo(bySupervisor)).toBe('not-holder');
    expect(answerTo(claim(ours), bySupervisor)).toBe('released');
    expect(answerTo(claim(ours), bySupervisor, claim(ours))).toEqual({ kind: 'released' });
    expect(answerTo(claim(ours), bySupervisor, claim(theirs))).toEqual({ kind: 'claimed', entryPossible: true });
    expect(answerTo(claim(ours), report(ours), bySupervisor)).toBe('entered');
  });

  test('by a supervisor does not let the scan that it was of in after somebody else', () => {
    const bySupervisor = release(ours, { account: null });
    expect(answerTo(claim(ours), bySupervisor, claim(theirs), claim(ours))).toEqual(enteredBy(theirs, 0, 'east'));
    const reported = [claim(ours), bySupervisor, claim(theirs), report(theirs, 3), claim(ours)] as const;
    expect(answerTo(...reported)).toMatchObject({ kind: 'entered', entry: { recordId: theirs } });
  });

  test('casts no doubt on a ticket that its account never held', () => {
    const doubted = [release(ours, { uncertain: true }), claim(theirs)];
    expect(answerTo(...doubted)).toEqual({ kind: 'claimed', entryPossible: false });
    expect(answerTo(release(ours, { uncertain: true }), claim(ours))).toEqual({ kind: 'released' });
  });

  test('is not kept where no claim on its ticket could come any more, and frees the ticket all the same', () => {
    const late = release(ours, { withoutClaim: 'ignore' });
    expect(answerTo(late)).toBe('released');
    expect(after(late)).toEqual(NOTHING_KNOWN);
    expect(answerTo(claim(ours), late, claim(theirs))).toEqual(claimed);
    expect(answerTo(claim(ours), report(ours), late)).toBe('entered');
  });

  test.each([
    ['put off where its account has no room', 'refuse', 'no-room'],
    ['refused where no claim on its ticket is accepted yet', 'too-early', 'too-early'],
  ] as const)('is %s, unless its claim stands or it is known', (_, withoutClaim, answer) => {
    const unknown = release(ours, { withoutClaim });
    expect(answerTo(unknown)).toBe(answer);
    expect(after(unknown)).toEqual(NOTHING_KNOWN);
    expect(answerTo(claim(theirs), unknown)).toBe(answer);
    expect(answerTo(claim(ours), unknown)).toBe('released');
    expect(after(claim(ours), unknown).holder).toBeNull();
    expect(answerTo(release(ours), unknown)).toBe('released');
    expect(answerTo(claim(ours), report(ours), unknown)).toBe('entered');
  });

  test('that was uncertain once stays so', () => {
    const again = [claim(ours), release(ours, { uncertain: true }), release(ours), claim(theirs)];
    expect(answerTo(...again)).toEqual({ kind: 'claimed', entryPossible: true });
  });
});

describe('a report', () => {
  test('claims its ticket, closes its own claim, and leaves another’s as it is', () => {
    expect(after(report(ours)).holder).toMatchObject({ recordId: ours, recorded: true });
    expect(after(claim(ours), report(ours)).holder).toMatchObject({ recordId: ours, recorded: true, gate: 'east' });
    expect(after(claim(ours), report(theirs)).holder).toMatchObject({ recordId: ours, recorded: false });
  });

  test('that comes again changes nothing', () => {
    expect(after(report(ours), report(ours))).toEqual(after(report(ours)));
  });
});

test('the first entry is the lowest check time, then the lowest RecordId, and names the gate where it is known', () => {
  const { holder } = after(claim(theirs));
  const known = [holder!, record(theirs), record(third), record(ours, 1)];
  expect(earliest(known)).toEqual({ recordId: theirs, checkTime: at, gate: 'east' });
  expect(earliest([])).toBeNull();
});

describe('an undo', () => {
  const entryAbove = (recordId: RecordId | null) => ({
    kind: 'entered' as const,
    entry: recordId === null ? null : { recordId, checkTime: at, gate: '' },
  });

  test('lets the next guest in, and the claim that led to the record never again', () => {
    expect(answerTo(claim(ours), report(ours), undo(ours), claim(theirs))).toEqual(claimed);
    expect(answerTo(claim(ours), undo(ours), report(ours), claim(theirs))).toEqual(claimed);
    expect(answerTo(undo(ours), report(ours), undo(ours), claim(theirs))).toEqual(claimed);
    expect(answerTo(claim(ours), report(ours), undo(ours), claim(ours))).toEqual({ kind: 'released' });
    expect(answerTo(undo(ours), claim(ours))).toEqual({ kind: 'released' });
  });

  test('lets nobody in beside a guest who is inside by another record', () => {
    expect(answerTo(report(ours), report(theirs, 5), undo(ours), claim(third))).toEqual(enteredBy(theirs, 5));
    expect(answerTo(report(ours), undo(ours), claim(theirs), claim(third))).toEqual(enteredBy(theirs, 0, 'east'));
    expect(answerTo(claim(theirs), report(ours), undo(ours), claim(third))).toEqual(enteredBy(theirs, 0, 'east'));
  });

  test('by another account, or of another record, changes nothing', () => {
    expect(answerTo(report(ours), undo(ours, 0, 'two'), claim(third))).toEqual(enteredBy(ours));
    expect(answerTo(report(ours), undo(theirs), claim(third))).toEqual(enteredBy(ours));
    expect(answerTo(undo(ours, 0, 'two'), report(ours), claim(third))).toEqual(enteredBy(ours));
  });

  test('frees what was claimed under a former account once the record is here, and no later claim of another account', () => {
    const moved = { kind: 'report', record: { ...record(ours), account: 'two' } } as const;
    expect(answerTo(claim(ours), moved, undo(ours, 0, 'two'), claim(third))).toEqual(claimed);
    // Which account the record came through is not known yet: a supervisor gives that claim back.
    expect(answerTo(claim(ours), undo(ours, 0, 'two'), moved, claim(third))).toEqual(enteredBy(ours, 0, 'east'));
    const others = claim(ours, { account: 'two' });
    expect(answerTo(report(ours), undo(ours), others, report(ours), claim(third))).toEqual(enteredBy(ours, 0, 'east'));
  });

  test('outweighs what the platform above says of that entry, without confirming that there is no other', () => {
    const undone = { kind: 'claimed', entryPossible: true, undoneAbove: true };
    for (const known of [ours, null]) {
      const asked = claim(theirs, { objection: entryAbove(known) });
      expect(answerTo(report(ours), undo(ours), asked)).toEqual(undone);
      expect(answerTo(report(ours), undo(ours), claim(theirs), report(theirs), undo(third), asked)).toEqual(undone);
    }
    const held = answerTo(report(ours), undo(ours), claim(theirs), claim(third, { objection: entryAbove(ours) }));
    expect(held).toEqual({ ...enteredBy(theirs, 0, 'east'), undoneAbove: true });
    expect(answerTo(report(ours), undo(ours), claim(theirs, { objection: entryAbove(third) }))).toEqual(
      enteredBy(third),
    );
    expect(answerTo(claim(theirs, { objection: entryAbove(null) }))).toEqual({ kind: 'entered', entry: null });
  });
});

describe('the platform above', () => {
  const { info } = sellTicket(makeUkey());
  const entryOf = (recordId: RecordId) => ({ recordId, checkTime: at, gate: '' });
  const entered = (recordId: RecordId) => ({ ...info, checkStatus: 'Yes', entry: entryOf(recordId) }) as const;

  test('objects to no ticket whose state is fine, not known, or unknown to it', () => {
    for (const state of [info, null, 'unknown-ticket'] as const) expect(objectionAbove(state, ours)).toBeNull();
    expect(objectionAbove({ ...info, checkStatus: 'unknown', refundStatus: 'unknown' }, ours)).toBeNull();
  });

  test('objects to a refunded ticket, and to an entry unless it is the very record that claims', () => {
    expect(objectionAbove({ ...entered(theirs), refundStatus: 'Yes' }, ours)).toEqual({ kind: 'refunded' });
    expect(objectionAbove(entered(theirs), ours)).toEqual({ kind: 'entered', entry: entryOf(theirs) });
    expect(objectionAbove(entered(ours), ours)).toBeNull();
    expect(objectionAbove({ ...info, checkStatus: 'Yes' }, ours)).toEqual({ kind: 'entered', entry: null });
  });
});
