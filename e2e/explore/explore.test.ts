import { type TicketEvent, transition } from '@ticket-check/third-party-platform/claim-rules';
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
    const { states, seconds, broken } = explore(transition, depth, tickets, {
      ...BEGINNING,
      gates,
    });
    process.stdout.write(
      `${states} states of ${tickets.length} tickets at ${gates} gates a terminal in ${depth} steps, ${seconds.toFixed(1)} s\n`,
    );
    expect(broken).toBeNull();
    expect(states).toBeGreaterThan(5_000);
  },
  120_000,
);

/**
 * One ticket, with mishaps that multiply the states: with few of the others beside them, and less deep, so that all of them
 * together are explored in some twenty seconds.
 */
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

test('a record that the platform drops is found', () => {
  const faulty = ((state, event: TicketEvent) =>
    event.kind === 'report' && state.records.length > 0 ? { state, answer: null } : transition(state, event)) as Rule;
  expect(explore(faulty, 9, ONE_TICKET).broken).toMatchObject({ promise: 'a record is lost' });
});

test('an undo that the platform forgets before its record comes is found', () => {
  const faulty = ((state, event: TicketEvent) => {
    const { state: after, answer } = transition(state, event);
    return { state: { ...after, undone: [] }, answer };
  }) as Rule;
  expect(explore(faulty, 10, ONE_TICKET, beginningWith({ undos: 1 })).broken).toMatchObject({
    promise: 'a guest is locked out',
  });
});

test('an undone entry that the platform hears of before the one that replaces it is found', () => {
  const beginning = beginningWith({ returns: 1, overtaking: true });
  expect(explore(transition, 10, ONE_TICKET, beginning).broken).toMatchObject({ promise: 'two confirmed admissions' });
});

test('a supervisor’s release that casts no doubt on later claims is found', () => {
  const faulty = ((state, event: TicketEvent) => {
    const isSupervisors = event.kind === 'release' && event.account === null && state.holder !== null;
    return transition(state, isSupervisors ? { ...event, account: state.holder.account, uncertain: false } : event);
  }) as Rule;
  const beginning = beginningWith({ supervisorReleases: 1 });
  expect(explore(faulty, 9, ONE_TICKET, beginning).broken).toMatchObject({ promise: 'two confirmed admissions' });
});

test('a claim made under a former account that is not reported as doubtful is found', () => {
  const faulty = ((state, event: TicketEvent) => {
    const { state: after, answer } = transition(state, event);
    const { entryPossible: _, ...told } =
      answer !== null && typeof answer === 'object' && answer.kind === 'entered' ? answer : {};
    return { state: after, answer: 'kind' in told ? told : answer };
  }) as Rule;
  const beginning = beginningWith({ supervisorReleases: 1, moves: 1 });
  expect(explore(faulty, 10, ONE_TICKET, beginning).broken).toMatchObject({ promise: 'two confirmed admissions' });
});

test('a release that ignores its holder is found', () => {
  const faulty = ((state, event: TicketEvent) => {
    const { state: after, answer } = transition(state, event);
    return { state: event.kind === 'release' ? { ...after, holder: null } : after, answer };
  }) as Rule;
  expect(explore(faulty, 9, ONE_TICKET).broken).toMatchObject({ promise: 'two confirmed admissions' });
});
