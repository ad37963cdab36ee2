import { type BusinessDate, businessDate, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { RecordStore } from '../store/record-store.ts';
import { keyOf, type RecordKey } from '../tables/record-key.ts';
import { cinemaOption, dateOption } from './command-options.ts';
import { recordJson } from './record-json.ts';

const ROWS_A_PAGE = 1000;

/** Adds `doubles` and `quarantined` to the `records` of a platform: lines of JSON on standard output. Readings R3, R7, R8. */
export function receivedRecordCommands(
  records: Command,
  { now, withRecords }: { now: Clock; withRecords: (run: (records: RecordStore) => Promise<void>) => Promise<void> },
): void {
  records
    .command('doubles')
    .description('print every record of a ticket that was entered more than once, the first entry first')
    .addOption(cinemaOption())
    .addOption(dateOption('the business date of at least one of its entries'))
    .action(({ cinema, date }: { cinema?: CinemaCode; date?: BusinessDate }) =>
      withRecords(async (store) => {
        for (const { entries } of await store.doubles(date ?? businessDate(wallClockAt(now())), cinema)) {
          for (const [place, entry] of entries.entries())
            print(recordJson({ ...entry, first: place === 0, undone: null }));
        }
      }),
    );

  records
    .command('quarantined')
    .description('print every record that is kept aside and does not count as an entry, and why')
    .addOption(cinemaOption())
    .action(({ cinema }: { cinema?: CinemaCode }) =>
      withRecords(async (store) => {
        for await (const record of listQuarantined(store, cinema)) {
          print(recordJson({ ...record, first: false, undone: null }));
        }
      }),
    );
}

async function* listQuarantined(records: RecordStore, cinemaCode: CinemaCode | undefined) {
  const filter = { most: ROWS_A_PAGE, ...(cinemaCode === undefined ? {} : { cinemaCode }) };
  let after: RecordKey | undefined;
  do {
    const page = await records.quarantined(after === undefined ? filter : { ...filter, after });
    yield* page;
    const last = page.at(-1);
    after = last === undefined ? undefined : keyOf(last);
  } while (after !== undefined);
}

function print(line: object): void {
  printResult(JSON.stringify(line));
}
