import {
  cinemaOption,
  createRecordStore,
  receivedRecordCommands,
  recordJson,
  sinceOption,
} from '@ticket-check/check-records';
import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { type Clock, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { NationalStore } from '../database.ts';
import { countRecords, listRecords } from './list-records.ts';

type Filter = { cinema?: CinemaCode; since?: WallClock };

/** Adds `records list`, `count`, `doubles` and `quarantined`: lines of JSON on standard output. */
export function recordCommands(
  program: Command,
  parts: { now: Clock; withStore: (run: (store: NationalStore) => Promise<void>) => Promise<void> },
): void {
  const { now, withStore } = parts;
  const records = program.command('records').description('the check records that were received');

  records
    .command('list')
    .description('print every record, oldest check first')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      withStore(async (store) => {
        for await (const record of listRecords(store, { cinemaCode: cinema, since })) {
          print(recordJson(record, record.first));
        }
      }),
    );

  records
    .command('count')
    .description('print how many records there are')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      withStore(async (store) => {
        const { records: all, entries, quarantined } = await countRecords(store, { cinemaCode: cinema, since });
        print({ Records: all, Entries: entries, Quarantined: quarantined });
      }),
    );

  receivedRecordCommands(records, {
    now,
    withRecords: (run) => withStore((store) => run(createRecordStore(store))),
  });
}

function print(line: object): void {
  printResult(JSON.stringify(line));
}
