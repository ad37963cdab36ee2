import {
  createRecordStore,
  listRecordCommands,
  newestCheck,
  type RetentionRules,
  receivedRecordCommands,
  retentionCommands,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { NationalTables } from '../database.ts';

/** Adds `records list`, `count`, `doubles`, `quarantined` and `purge`, and `retention show`: lines of JSON on standard output. */
export function recordCommands(
  program: Command,
  { now, store, rules }: { now: Clock; store: CommandStore<NationalTables>; rules: () => RetentionRules },
): void {
  const records = program.command('records').description('the check records that were received');
  listRecordCommands(records, { store, recordsOf: createRecordStore });
  receivedRecordCommands(records, { now, store, recordsOf: createRecordStore });
  retentionCommands(
    { program, records },
    {
      now,
      store,
      rules,
      confirmed: newestCheck,
      unconfirmed:
        'There is no check record that counts, so that nothing but the clock of this machine tells the time.',
    },
  );
}
