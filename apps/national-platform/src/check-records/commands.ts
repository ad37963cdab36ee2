import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import {
  type BusinessDate,
  businessDate,
  type CinemaCode,
  parseBusinessDate,
  parseCinemaCode,
  parseWallClock,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, printResult } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { NationalStore } from '../database.ts';
import { countRecords, type ListedRecord, listRecords } from './list-records.ts';

type Filter = { cinema?: CinemaCode; since?: WallClock };

/** Adds `records list`, `records count`, `records doubles` and `records quarantined`: lines of JSON on standard output. */
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
    .addOption(sinceOption())
    .action(({ cinema, since }: Filter) =>
      withStore(async (store) => {
        for await (const record of listRecords(store, { cinemaCode: cinema, since })) print(recordJson(record));
      }),
    );

  records
    .command('count')
    .description('print how many records there are')
    .addOption(cinemaOption())
    .addOption(sinceOption())
    .action(({ cinema, since }: Filter) =>
      withStore(async (store) => {
        const { records: all, entries, quarantined } = await countRecords(store, { cinemaCode: cinema, since });
        print({ Records: all, Entries: entries, Quarantined: quarantined });
      }),
    );

  records
    .command('doubles')
    .description('print every record of a ticket that was entered more than once, the first entry first')
    .addOption(cinemaOption())
    .addOption(
      new Option('--date <day>', 'the business date of at least one of its entries, YYYY-MM-DD; today by default')
        // Parsed here, so that a wrong one is wrong usage.
        .argParser(readable(parseBusinessDate)),
    )
    .action(({ cinema, date }: { cinema?: CinemaCode; date?: BusinessDate }) =>
      withStore(async (store) => {
        const day = date ?? businessDate(wallClockAt(now()));
        for (const { entries } of await createRecordStore(store).doubles(day, cinema)) {
          for (const [place, entry] of entries.entries()) {
            print({ ...recordJson({ ...entry, first: place === 0 }), ...receiptJson(entry) });
          }
        }
      }),
    );

  records
    .command('quarantined')
    .description('print every record that is kept aside because it contradicts its own code, and why')
    .addOption(cinemaOption())
    .action(({ cinema }: Filter) =>
      withStore(async (store) => {
        for await (const record of listQuarantined(store, cinema)) {
          print({ ...recordJson({ ...record, first: false }), ...receiptJson(record), ErrorCode: record.quarantine });
        }
      }),
    );
}

async function* listQuarantined(store: NationalStore, cinemaCode: CinemaCode | undefined) {
  const recordStore = createRecordStore(store);
  const filter = { most: 1000, ...(cinemaCode === undefined ? {} : { cinemaCode }) };
  let after: RecordId | undefined;
  do {
    const page = await recordStore.quarantined(after === undefined ? filter : { ...filter, after });
    yield* page;
    after = page.at(-1)?.recordId;
  } while (after !== undefined);
}

const recordJson = (record: ListedRecord) => ({
  RecordId: record.recordId,
  CinemaCode: record.cinemaCode,
  FilmTicketCode: record.filmTicketCode,
  StartTime: record.startTime,
  CheckTime: record.checkTime,
  Quarantined: record.quarantine !== null,
  First: record.first,
});

const receiptJson = (record: ReceivedRecord) => ({ Source: record.source, ReceivedAt: record.receivedAt });

function print(line: object): void {
  printResult(JSON.stringify(line));
}

const cinemaOption = () => new Option('--cinema <code>', 'only of one cinema').argParser(readable(parseCinemaCode));

const sinceOption = () =>
  new Option('--since <time>', 'only those checked at this time or later, YYYY-MM-DDThh:mm:ss').argParser(
    readable(parseWallClock),
  );

/** What a code or time must be is said by its parser; commander adds the option's name and exits with 2. */
function readable<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`It ${error instanceof Error ? error.message : error}.`);
    }
  };
}
