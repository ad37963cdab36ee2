import {
  type CheckRecordTables,
  judgeCinemasAgain,
  keyOf,
  type RecordKey,
  type RecordStore,
  recordJson,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import { type BusinessDate, businessDate, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, printResult } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { cinemaOption, dateOption } from './command-options.ts';
import type { RecordCommands } from './list-commands.ts';

const ROWS_A_PAGE = 1000;

/** Adds `doubles`, `quarantined` and `judge-again` to the `records` of a platform: lines of JSON on standard output. Readings R3, R7, R8. */
export function receivedRecordCommands<DB extends CheckRecordTables>(
  records: Command,
  { now, store, recordsOf }: RecordCommands<DB> & { now: Clock; store: CommandStore<DB> },
): void {
  records
    .command('doubles')
    .description('list the records of tickets entered more than once')
    .addOption(cinemaOption())
    .addOption(dateOption('the business date of at least one of its entries'))
    .action(({ cinema, date = businessDate(wallClockAt(now())) }: { cinema?: CinemaCode; date?: BusinessDate }) =>
      store.look({ name: 'records doubles', what: { cinemaCode: cinema, date } }, async (opened, print) => {
        for (const { entries } of await recordsOf(opened).doubles(date, cinema)) {
          for (const [place, entry] of entries.entries())
            print(recordJson({ ...entry, first: place === 0, undone: null }));
        }
      }),
    );

  records
    .command('quarantined')
    .description('list quarantined records and why')
    .addOption(cinemaOption())
    .action(({ cinema }: { cinema?: CinemaCode }) =>
      store.look({ name: 'records quarantined', what: { cinemaCode: cinema } }, async (opened, print) => {
        for await (const record of listQuarantined(recordsOf(opened), cinema)) {
          print(recordJson({ ...record, first: false, undone: null }));
        }
      }),
    );

  records
    .command('judge-again')
    .description('judge records again that no key opened')
    .addOption(cinemaOption())
    .action(async ({ cinema }: { cinema?: CinemaCode }) => {
      const filter = cinema === undefined ? {} : { cinemaCodes: [cinema] };
      const judged = await store.change(
        { name: 'records judge-again', what: filter, needs: 'records.resolve', ...filter },
        (opened) => judgeCinemasAgain(withTables(opened), filter.cinemaCodes),
        (count) => ({ judged: count }),
      );
      printResult(JSON.stringify({ Judged: judged }));
    });
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
