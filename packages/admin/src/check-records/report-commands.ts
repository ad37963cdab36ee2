import {
  type CountedBy,
  FORMATS,
  type Format,
  type Language,
  type ReportKind,
  type Row,
  recordsUnder,
  writeTable,
} from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import {
  type BusinessDate,
  businessDate,
  type CinemaCode,
  parseRecordId,
  type RecordId,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { Argument, type Command, Option } from 'commander';
import { businessDateOption, cinemaOption, readable } from './record-commands.ts';
import { dayTable, type ReportSource, recordRows, recordTable, reportRows } from './record-tables.ts';

export type ReportCommands<DB> = ReportKind & {
  readonly now: Clock;
  readonly store: CommandStore<DB>;
  sourceOf(store: Store<DB>): Omit<ReportSource, keyof ReportKind | 'now'>;
};

type ReportOptions = { businessDate?: BusinessDate; cinema?: CinemaCode; format: Format; language: Language };

/**
 * Adds `report day`, `report records` and `report record`: what is kept of a business date. Who looked is written down. Scheme 5.2.5, 5.2.9; reading R8.
 */
export function reportCommands<DB>(program: Command, parts: ReportCommands<DB>): void {
  const report = program
    .command('report')
    .description('reports on the check records of a business date, 06:00 to 06:00');
  const dateOf = (asked: ReportOptions) => asked.businessDate ?? businessDate(wallClockAt(parts.now()));
  const sourceOf = (opened: Store<DB>): ReportSource => ({ ...parts, ...parts.sourceOf(opened) });

  withOptions(report.command('day'))
    .description('count records by how far they have come')
    .addOption(
      new Option('--by <what>', 'one line per session, film and gate, or per cinema')
        .choices(['session', 'cinema'])
        .default('session'),
    )
    .action((asked: ReportOptions & { by: CountedBy }) => {
      const date = dateOf(asked);
      const { by, cinema, format, language } = asked;
      const what = { businessDate: date, cinemaCode: cinema, by, format };
      return parts.store.look({ name: 'report day', what }, async (opened) => {
        const source = sourceOf(opened);
        const rows = await reportRows(source, { date, by, cinemas: cinema });
        if (rows.at(-1)?.Checked === 0) await assertKnown(cinema, source);
        await writeTable(dayTable(source, rows), format, language);
        return { rows: rows.length };
      });
    });

  withOptions(report.command('records'))
    .description('list records with their whole way, oldest check first')
    .action((asked: ReportOptions) => {
      const date = dateOf(asked);
      const { cinema, format, language } = asked;
      const what = { businessDate: date, cinemaCode: cinema, format };
      return parts.store.look({ name: 'report records', what }, async (opened) => {
        const source = sourceOf(opened);
        const { rows, ...table } = recordTable(source, { date, cinemas: cinema });
        // Before the first byte of a file is written.
        const first = await rows.next();
        if (first.done) await assertKnown(cinema, source);
        let written = 0;
        async function* counted(): AsyncGenerator<Row> {
          for (let next = first; !next.done; next = await rows.next()) {
            written += 1;
            yield next.value;
          }
        }
        await writeTable({ ...table, rows: counted() }, format, language);
        return { rows: written };
      });
    });

  report
    .command('record')
    .addArgument(new Argument('<RecordId>', 'a UUID').argParser(readable(parseRecordId)))
    .description('print one record with its whole way')
    .action((recordId: RecordId) =>
      parts.store.look({ name: 'report record', what: { recordId } }, async (opened, print) => {
        const source = sourceOf(opened);
        const records = await recordsUnder(source.store, recordId);
        if (records.length === 0) throw new ExpectedError(`There is no check record ${recordId} here.`);
        for (const row of await recordRows(source, records)) print(row);
      }),
    );
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

async function assertKnown(cinemaCode: CinemaCode | undefined, { cinemas }: ReportSource): Promise<void> {
  const known = await cinemas();
  if (cinemaCode === undefined || known === 'all' || known.includes(cinemaCode)) return;
  throw new ExpectedError(`The cinema ${cinemaCode} is not known here.`);
}
