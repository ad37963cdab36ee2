import { expect, test } from 'vitest';
import { type TicketEvent, transition } from '../../apps/third-party-platform/src/claims/transition.ts';
import { explore } from './explore.ts';
import { BEGINNING, type Rule } from './model.ts';

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
      terminals: { ...BEGINNING.terminals, gates },
    });
    process.stdout.write(
      `${states} states of ${tickets.length} tickets at ${gates} gates a terminal in ${depth} steps, ${seconds.toFixed(1)} s\n`,
    );
    expect(broken).toBeNull();
    expect(states).toBeGreaterThan(5_000);
  },
  120_000,
);

test('a release that ignores its holder is found', () => {
  const faulty = ((state, event: TicketEvent) => {
    const { state: after, answer } = transition(state, event);
    return { state: event.kind === 'release' ? { ...after, holder: null } : after, answer };
  }) as Rule;
  expect(explore(faulty, 9, ONE_TICKET).broken).toMatchObject({ promise: 'two confirmed admissions' });
}, 120_000);

test('a terminal that forgets what it released before the platform was restored is found', () => {
  const forgetful = { ...BEGINNING, terminals: { ...BEGINNING.terminals, keepsReleases: false } };
  expect(explore(transition, 9, ONE_TICKET, forgetful).broken).toMatchObject({ promise: 'a guest is locked out' });
}, 120_000);

test('a terminal that lets each of its gates enter a ticket is found', () => {
  const careless = { ...BEGINNING, terminals: { ...BEGINNING.terminals, gates: 2, entersOnce: false } };
  expect(explore(transition, 9, ONE_TICKET, careless).broken).toMatchObject({ promise: 'two entries at one terminal' });
}, 120_000);
