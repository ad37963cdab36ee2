import {
  listCommand,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
} from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { findings, noteFinding } from './declared-worklist.ts';
import type { FoundTables } from './find.ts';
import { countOpenFindings } from './worklist.ts';

/** Doubles and late refunds for the people who look into them, and the outcome of each. */
export function worklistScreen(reading: Reading, store: Store<FoundTables & OperationTables>): PageSet {
  return {
    name: 'worklist',
    screens: [{ path: '/worklist', permission: 'records.read', label: { zh: '待核实', en: 'Worklist' } }],
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

/** Adds `worklist list` and `worklist note`. */
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
