import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { RecordStore } from '../store/record-store.ts';
import { cinemaOption, sinceOption } from './command-options.ts';
import { recordJson } from './record-json.ts';

type Filter = { cinema?: CinemaCode; since?: WallClock };

/** Adds `list` and `count` to the `records` of a service: lines of JSON on standard output. */
export function listRecordCommands(
  records: Command,
  { withRecords }: { withRecords: (run: (records: RecordStore) => Promise<void>) => Promise<void> },
): void {
  records
    .command('list')
    .description('print every record with all its elements, oldest check first, one JSON object a line')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      withRecords(async (store) => {
        for await (const record of store.list({ cinemaCode: cinema, since })) print(recordJson(record));
      }),
    );

  records
    .command('count')
    .description('print how many records there are')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      withRecords(async (store) => {
        const { records: all, entries, quarantined } = await store.count({ cinemaCode: cinema, since });
        print({ Records: all, Entries: entries, Quarantined: quarantined });
      }),
    );
}

function print(line: object): void {
  printResult(JSON.stringify(line));
}
