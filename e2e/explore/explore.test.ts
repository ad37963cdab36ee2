import { type TicketEvent, type TicketState, transition } from '@ticket-check/third-party-platform/claim-rules';
import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { BEGINNING, type Rule, type World } from './model.ts';

const ONE_TICKET = [0];

test.each([
  ['two tickets', 7, [0, 1], 1],
  ['one ticket', 11, ONE_TICKET, 1],
  ['one ticket at two gates each', 8, ONE_TICKET, 2],
])(
  'nothing that two terminals and two platforms can do with %s in %i steps breaks the promise',
  (_, depth, tickets, gates) => {
    const { states, seconds, broken } = explore(transition, depth, tickets, { ...BEGINNING, gates });
    const at = `${tickets.length} tickets at ${gates} gates a terminal in ${depth} steps`;
    process.stdout.write(`${states} states of ${at}, ${seconds.toFixed(1)} s\n`);
    expect(broken).toBeNull();
    expect(states).toBeGreaterThan(5_000);
  },
  120_000,
);

/** One ticket, with mishaps that multiply the states: few of the others beside them, so that all are explored in some twenty seconds. */
const beginningWith = (most: Partial<World['most']>): World => ({
  ...BEGINNING,
  most: { ...BEGINNING.most, crashes: 0, restores: 0, lostAcknowledgements: 0, ...most },
});

test.each([
  ['a store that is salvaged', 9, { salvages: 1, crashes: 1 }],
  ['a store that is salvaged while the platform is restored', 8, { salvages: 1, restores: 1 }],
  ['a supervisor’s release', 9, { supervisorReleases: 1, crashes: 1 }],
  ['a supervisor’s release, a salvaged store and another account', 8, { supervisorReleases: 1, salvages: 1, moves: 1 }],
  ['an admission that is undone', 10, { undos: 1 }],
  ['an admission that is undone and a crash', 8, { undos: 1, crashes: 1 }],
  ['two that are undone, and a restored platform', 8, { undos: 2, restores: 1 }],
  ['one that is undone under another account', 8, { undos: 1, moves: 1 }],
  ['a guest who comes back', 11, { returns: 1 }],
  ['a guest who comes back, and a restored platform', 9, { returns: 1, restores: 1 }],
  ['a guest who comes back, whose entry is undone', 9, { returns: 2, undos: 1, crashes: 1 }],
  ['another account and a supervisor’s release', 9, { moves: 1, supervisorReleases: 1 }],
])(
  'nor does %s, in %i steps',
  (_, depth, most) => {
    const { states, seconds, broken } = explore(transition, depth, ONE_TICKET, beginningWith(most));
    process.stdout.write(`${states} states with ${_} in ${depth} steps, ${seconds.toFixed(1)} s\n`);
    expect(broken).toBeNull();
    expect(states).toBeGreaterThan(1_000);
  },
  120_000,
);

/** What comes of an event in place of what is right; null: what is right. */
type Fault = (state: TicketState, event: TicketEvent, right: ReturnType<Rule>) => ReturnType<Rule> | null;
const DOUBLE = 'two confirmed admissions';

/** Expects what is wrong with a rule to be found so deep, with these mishaps, by the promise that it breaks. */
function finds(wrong: string, promise: string, depth: number, most: Partial<World['most']> | null, fault: Fault) {
  test(`${wrong} is found: ${promise}`, () => {
    const faulty = ((state: TicketState, event: TicketEvent) => {
      const right = transition(state, event);
      return fault(state, event, right) ?? right;
    }) as Rule;
    const beginning = most === null ? BEGINNING : beginningWith(most);
    expect(explore(faulty, depth, ONE_TICKET, beginning).broken).toMatchObject({ promise });
  });
}

finds('a record that the platform drops', 'a record is lost', 9, null, (state, { kind }) =>
  kind === 'report' && state.records.length > 0 ? { state, answer: null } : null,
);
const forgotten = 'an undo that the platform forgets before its record comes';
finds(forgotten, 'a guest is locked out', 10, { undos: 1 }, (_, __, { state, answer }) => ({
  ...{ state: { ...state, undone: [] }, answer },
}));
const overtaken = 'an undone entry that the platform hears of before the one that replaces it';
finds(overtaken, DOUBLE, 10, { returns: 1, overtaking: true }, () => null);
const undoubted = 'a supervisor’s release that casts no doubt on later claims';
finds(undoubted, DOUBLE, 9, { supervisorReleases: 1 }, (state, event) =>
  event.kind === 'release' && event.account === null && state.holder !== null
    ? transition(state, { ...event, account: state.holder.account, uncertain: false })
    : null,
);
const moved = 'a claim made under a former account that is not reported as doubtful';
finds(moved, DOUBLE, 10, { supervisorReleases: 1, moves: 1 }, (_, __, { state, answer }) => {
  if (answer === null || typeof answer !== 'object' || answer.kind !== 'entered') return null;
  const { entryPossible: ___, ...told } = answer;
  return { state, answer: told };
});
finds('a release that ignores its holder', DOUBLE, 9, null, (_, event, { state, answer }) =>
  event.kind === 'release' ? { state: { ...state, holder: null }, answer } : null,
);
