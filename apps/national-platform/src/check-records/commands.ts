import type { CheckRecordTables } from '@ticket-check/check-records';
import { createRecordStore, listRecordCommands, receivedRecordCommands } from '@ticket-check/check-records';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';

/** Adds `records list`, `count`, `doubles` and `quarantined`: lines of JSON on standard output. */
export function recordCommands(
  program: Command,
  {
    now,
    withStore,
  }: { now: Clock; withStore: (run: (store: Store<CheckRecordTables>) => Promise<void>) => Promise<void> },
): void {
  const records = program.command('records').description('the check records that were received');
  const withRecords: Parameters<typeof listRecordCommands>[1]['withRecords'] = (run) =>
    withStore((store) => run(createRecordStore(store)));
  listRecordCommands(records, { withRecords });
  receivedRecordCommands(records, { now, withRecords });
}
