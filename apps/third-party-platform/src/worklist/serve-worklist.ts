import {
  asked,
  askedTicket,
  cinemaFilter,
  list,
  listCommand,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  says,
  serveList,
  serveOperation,
  textOf,
  ticketIn,
} from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import { parseWallClock } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import type { FoundTables } from './find.ts';
import { FINDING_KINDS, FINDING_ROW } from './finding-row.ts';
import { countOpenFindings, type FindingKey, listFindings, noteOutcome } from './worklist.ts';

/** Open findings, the oldest first, or noted ones, the last noted first. Scheme 5.2.5; reading R7. */
const findings = list({
  name: 'worklist',
  rowsName: 'Findings',
  title: { zh: '待核实', en: 'Worklist' },
  permission: 'records.read',
  filters: {
    state: z.enum(['open', 'noted']).default('open').meta(says('待核实，或已登记结果', 'open, or noted since')),
    kind: z.enum(FINDING_KINDS).optional().meta(says('仅一种', 'only of one kind')),
    cinema: cinemaFilter,
  },
  row: FINDING_ROW,
  place: z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]),
  rowsAPage: 50,
  find: (store: Store<FoundTables>, { filters: { state, kind }, ...asked }) =>
    listFindings(store, { state, kind, ...asked }),
});

const keyOf = (named: Parameters<typeof ticketIn>[0] & { readonly Kind: FindingKey['kind'] }): FindingKey => ({
  kind: named.Kind,
  ...ticketIn(named),
});

const noteFinding = operation({
  name: 'worklist note',
  title: { zh: '记录核实结果', en: 'Note the outcome' },
  says: 'note the outcome of a finding; earlier notes stay',
  permission: 'records.resolve',
  input: z.strictObject({
    Kind: asked(z.enum(FINDING_KINDS), { option: ['--kind <kind>', 'its kind'] }),
    ...askedTicket,
    /** As the list showed it: an operator who did not see a later note is refused. */
    NotedAt: textOf(parseWallClock).nullable(),
  }),
  needsReason: true,
  cinemasOf: ({ CinemaCode }) => [CinemaCode],
  // The outcome has the reason.
  what: (input) => ({ ...keyOf(input), reason: undefined }),
  async change(store: Store<FoundTables>, input, { actor, at, reason }) {
    const note = { outcome: reason, operator: actor, at };
    return { before: await noteOutcome(store, keyOf(input), note, input.NotedAt) };
  },
  outcome: ({ before }, { reason }) => ({
    before: before === null ? null : { outcome: before },
    after: { outcome: reason },
  }),
  answer: (_, { at }) => ({ NotedAt: at }),
});

/** Doubles and late refunds for the people who look into them, and the outcome of each. */
export function worklistScreen(reading: Reading, store: Store<FoundTables & OperationTables>): PageSet {
  return {
    name: 'worklist',
    screens: [{ path: '/worklist', permission: 'records.read', label: findings.title }],
    ...serveList(findings, store, reading),
    counts: [
      {
        path: '/worklist',
        permission: 'records.read',
        count: async (cinemaCodes) => (await countOpenFindings(store, cinemaCodes)).count,
      },
    ],
    actions: serveOperation(noteFinding, { store, now: reading.now }),
  };
}

export function worklistCommands<DB extends FoundTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const worklist = program.command('worklist').description('work with double entries and late refunds');
  listCommand(worklist, findings, {
    store,
    source: (opened) => withTables(opened),
    command: 'list',
    description: 'list open findings, oldest first',
    flags: { noted: { says: 'list noted findings instead, last noted first', sets: { state: 'noted' } } },
  });
  operationCommand(worklist, noteFinding, {
    ...{ store, now },
    reason: ['--outcome <text>', 'the outcome, at most 500 characters'],
    done: 'The outcome is noted.',
  });
}
