import { type RecordStore, recordJson } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { cinemaOption, sinceOption } from './command-options.ts';

/** What commands on records need: a store, and its records. */
export type RecordCommands<DB> = {
  readonly store: Pick<CommandStore<DB>, 'look'>;
  recordsOf(store: Store<DB>): RecordStore;
};

type Filter = { cinema?: CinemaCode; since?: WallClock };

/** Adds `list` and `count` to the `records` of a service: lines of JSON on standard output. */
export function listRecordCommands<DB>(records: Command, { store, recordsOf }: RecordCommands<DB>): void {
  records
    .command('list')
    .description('list records as JSON lines, oldest check first')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      store.look({ name: 'records list', what: { cinemaCode: cinema, since } }, async (opened, print) => {
        const list = recordsOf(opened).list({ cinemaCode: cinema, since });
        for await (const record of list) print(recordJson(record));
      }),
    );

  records
    .command('count')
    .description('print how many records there are')
    .addOption(cinemaOption())
    .addOption(sinceOption('only those checked at this time or later'))
    .action(({ cinema, since }: Filter) =>
      store.look({ name: 'records count', what: { cinemaCode: cinema, since } }, async (opened, print) => {
        const { records: all, entries, quarantined } = await recordsOf(opened).count({ cinemaCode: cinema, since });
        print({ Records: all, Entries: entries, Quarantined: quarantined });
      }),
    );
}
