import { operationCommand, type PageSet, type Reading, serveList, serveOperation } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import type { Clock, Service } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { entries, undoAdmission } from './declared-entries.ts';
import { entryJson } from './undo-entry.ts';

/** The last entries at this terminal, which may be undone. Reading R9. */
export function entriesScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, wake, reading }: { store: TerminalStore; wake: () => void; reading: Reading },
): PageSet {
  return {
    name: 'entries',
    screens: [{ path: '/entries', permission: entries.permission, label: entries.title }],
    ...serveList(entries, store, reading),
    actions: serveOperation(undoAdmission, {
      ...{ store, now },
      done({ recordId }, { actor, reason }) {
        logger.warn({ reason, recordId, operator: actor }, 'undid an entry');
        wake();
      },
    }),
  };
}

export function undoCommand(group: Command, { store, now }: { store: CommandStore<TerminalTables>; now: Clock }): void {
  operationCommand(group, undoAdmission, {
    store,
    now,
    tables: (opened) => withTables(opened),
    saysFirst: true,
    done: entryJson,
    notice: 'Undone: the ticket may be used again.',
  });
}
