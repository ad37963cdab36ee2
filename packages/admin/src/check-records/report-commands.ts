import {
  type AskedCinemas,
  allFound,
  type CheckRecordTables,
  type Column,
  type CountedBy,
  countDay,
  DAY_TITLE,
  dayColumns,
  dayRows,
  type FindLateRefunds,
  FORMATS,
  type Format,
  type Language,
  RECORDS_TITLE,
  type ReportKind,
  type Row,
  recordColumns,
  recordsUnder,
  wayJson,
  writeTable,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import {
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  parseRecordId,
  type RecordId,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { Argument, type Command, Option } from 'commander';
import { businessDateOption, cinemaOption, readable } from './command-options.ts';

/** What reports are made of. */
type ReportSource = {
  readonly store: Store<CheckRecordTables>;
  /** The cinemas that the service works for; `all` if it is bound to none. */
  cinemas(): Promise<readonly CinemaCode[] | 'all'>;
  /** Which entries are of refunded tickets. */
  readonly lateRefunds: FindLateRefunds;
  /** What a service knows beyond its records. */
  readonly besides?: ReportAdditions;
};

export type ReportAdditions = {
  readonly dayColumns: readonly Column[];
  /** Of a business date. */
  dayRows(asked: AskedTime): Promise<Row[]>;
  /** What is added to the rows of the cinemas and of all together; a cinema without records has a row for it. */
  ofCinemas?(date: BusinessDate, cinemas: AskedCinemas): Promise<AddedToCinemas>;
  readonly recordColumns: readonly Column[];
  /** Further columns of these records, if there are any. */
  recordRows(recordIds: readonly RecordId[]): Promise<ReadonlyMap<RecordId, Row>>;
};

type AddedToCinemas = { readonly cinemas: ReadonlyMap<CinemaCode, Row>; readonly total: Row };

/** From a time up to, not including, another. */
type AskedTime = {
  readonly from: WallClock;
  readonly until: WallClock;
  readonly cinemaCode?: AskedCinemas;
};

export type ReportCommands<DB> = ReportKind & {
  readonly now: Clock;
  readonly store: CommandStore<DB>;
  sourceOf(store: Store<DB>): ReportSource;
};

type ReportOptions = { businessDate?: BusinessDate; cinema?: CinemaCode; format: Format; language: Language };

/**
 * Adds `report day`, `report records` and `report record`: what is kept of a business date. Who looked is written down. Scheme 5.2.5, 5.2.9; reading R8.
 */
export function reportCommands<DB>(program: Command, parts: ReportCommands<DB>): void {
  const report = program
    .command('report')
    .description('reports on the check records of a business date, 06:00 to 06:00');
  const { now, sourceOf } = parts;
  const dateOf = (asked: ReportOptions) => asked.businessDate ?? businessDate(wallClockAt(now()));

  withOptions(report.command('day'))
    .description('count records by how far they have come')
    .addOption(
      new Option('--by <what>', 'one line per session, film and gate, or per cinema')
        .choices(['session', 'cinema'])
        .default('session'),
    )
    .action((asked: ReportOptions & { by: CountedBy }) => {
      const date = dateOf(asked);
      const { by, cinema: cinemaCode, format } = asked;
      const what = { businessDate: date, cinemaCode, by, format };
      return parts.store.look({ name: 'report day', what }, async (opened) => {
        const { store, cinemas, lateRefunds, besides } = sourceOf(opened);
        const lines = await countDay(store, { date, by, cinemaCode, lateRefunds });
        if (lines.length === 0) await assertKnown(cinemaCode, await cinemas());
        const added = (await besides?.dayRows({ ...businessDay(date), cinemaCode })) ?? [];
        const ofCinemas = await besides?.ofCinemas?.(date, cinemaCode);
        const rows = [...dayRows(lines, { date, by, at: wallClockAt(now()) }, parts, added, ofCinemas)];
        const columns = [...dayColumns(parts), ...(besides?.dayColumns ?? [])];
        await writeTable({ title: DAY_TITLE, columns, rows: each(rows) }, format, asked.language);
        return { rows: rows.length };
      });
    });

  withOptions(report.command('records'))
    .description('list records with their whole way, oldest check first')
    .action((asked: ReportOptions) => {
      const date = dateOf(asked);
      const { cinema: cinemaCode, format } = asked;
      return parts.store.look(
        { name: 'report records', what: { businessDate: date, cinemaCode, format } },
        async (opened) => ({ rows: await writeRecords(sourceOf(opened), parts, { ...asked, date }) }),
      );
    });

  report
    .command('record')
    .addArgument(new Argument('<RecordId>', 'a UUID').argParser(readable(parseRecordId)))
    .description('print one record with its whole way')
    .action((recordId: RecordId) =>
      parts.store.look({ name: 'report record', what: { recordId } }, async (opened, print) => {
        const { store, besides } = sourceOf(opened);
        const records = await recordsUnder(store, recordId);
        if (records.length === 0) throw new ExpectedError(`There is no check record ${recordId} here.`);
        const more = await besides?.recordRows([recordId]);
        for (const record of records) print({ ...wayJson(record, parts), ...more?.get(recordId) });
      }),
    );
}

/** Answers how many there were. */
async function writeRecords(
  { store, cinemas, besides }: ReportSource,
  kind: ReportKind,
  { date, cinema: cinemaCode, format, language }: ReportOptions & { date: BusinessDate },
): Promise<number> {
  const pages = allFound(store, { date, cinemas: cinemaCode });
  // Before the first byte of a file is written.
  const first = await pages.next();
  if (first.done) await assertKnown(cinemaCode, await cinemas());
  let written = 0;
  async function* rows(): AsyncGenerator<Row> {
    for (let next = first; !next.done; next = await pages.next()) {
      const more = await besides?.recordRows(next.value.map(({ recordId }) => recordId));
      for (const record of next.value) {
        written += 1;
        yield { ...wayJson(record, kind), ...more?.get(record.recordId) };
      }
    }
  }
  const columns = [...recordColumns(kind), ...(besides?.recordColumns ?? [])];
  await writeTable({ title: RECORDS_TITLE, columns, rows: rows() }, format, language);
  return written;
}

function withOptions(command: Command): Command {
  return command
    .addOption(businessDateOption())
    .addOption(cinemaOption())
    .addOption(
      new Option('--format <format>', 'json: one object a line; csv and xlsx: a file for a spreadsheet')
        .choices(FORMATS)
        .default('json'),
    )
    .addOption(new Option('--language <language>', 'language of csv and xlsx').choices(['zh', 'en']).default('zh'));
}

async function assertKnown(cinemaCode: CinemaCode | undefined, known: readonly CinemaCode[] | 'all'): Promise<void> {
  if (cinemaCode === undefined || known === 'all' || known.includes(cinemaCode)) return;
  throw new ExpectedError(`The cinema ${cinemaCode} is not known here.`);
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
