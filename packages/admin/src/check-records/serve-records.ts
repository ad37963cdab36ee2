import type { CheckRecordTables, ReportKind, Row } from '@ticket-check/check-records';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { listCommand } from '../declared/commands.ts';
import { servedTogether, serveList } from '../declared/list.ts';
import type { Reading } from '../declared/reading.ts';
import type { PageSet } from '../page.ts';
import { lastReconciliations, type ReconciliationSource, reconciliation } from './declared-reconciliation.ts';
import { checkRecords, undoneEntries, wholeRecord } from './declared-records.ts';
import { completeness, dayReport } from './declared-report.ts';
import type { ReportSource } from './report-source.ts';

/** A browser keeps such a file at once, and a spreadsheet opens it. What is more is written where the service runs. */
const MAX_RECORDS = 200_000;

/**
 * The console's data about check records: lists, the way of one record, reports of a day and their files; for a service that
 * sends records also completeness and reconciliation. Scheme 5.2.5, 5.2.9.
 *
 * @param reading `now` is the clock that check times are taken from
 */
export function checkRecordPages(
  reading: Reading,
  options: Omit<ReportSource, 'store' | 'now'> & {
    readonly store: Store<CheckRecordTables & OperationTables>;
    readonly hasScreens?: boolean;
    readonly above?: Pick<ReconciliationSource, 'upstream' | 'deadline'>;
  },
): PageSet {
  const { now } = reading;
  const { above, hasScreens = false, store } = options;
  const source: ReportSource = { mostRecords: MAX_RECORDS, ...options, store, now };
  const permission = 'records.read' as const;
  const served = [
    serveList(checkRecords, source, reading),
    // Its screen has no file.
    { ...serveList(wholeRecord, source, reading), files: [] },
    serveList(dayReport, source, reading),
    ...(source.sends ? [serveList(completeness, source, reading), serveList(undoneEntries, store, reading)] : []),
    ...(above === undefined
      ? []
      : [
          serveList(reconciliation, { ...source, ...above }, reading),
          serveList(lastReconciliations, { reports: reading.audit.reports, now }, reading),
        ]),
  ];
  return {
    name: 'records',
    ...(hasScreens && {
      screens: [
        { path: '/records', permission, label: checkRecords.title },
        { path: '/records/:recordId', permission, label: null },
        { path: '/report', permission, label: { zh: '检票日报', en: 'Report of a day' } },
        ...(above === undefined ? [] : [{ path: '/reconciliation', permission, label: reconciliation.title } as const]),
      ],
    }),
    ...servedTogether(served),
  };
}

export type ReportCommands<DB> = ReportKind & {
  readonly now: Clock;
  readonly store: CommandStore<DB>;
  sourceOf(store: Store<DB>): Omit<ReportSource, keyof ReportKind | 'now'>;
};

/**
 * Adds `report day`, `report records` and `report record`: what is kept of a business date. Who looked is written down. Scheme 5.2.5, 5.2.9; reading R8.
 */
export function reportCommands<DB>(program: Command, parts: ReportCommands<DB>): void {
  const report = program
    .command('report')
    .description('reports on the check records of a business date, 06:00 to 06:00');
  const { store, now, sends, checkedBy } = parts;
  const source = (opened: Store<DB>): ReportSource => ({ sends, checkedBy, now, ...parts.sourceOf(opened) });

  listCommand(report, dayReport, {
    ...{ store, source, now, command: 'day', check: assertKnown, usual: { by: 'session' } },
    description: 'count records by how far they have come',
  });
  listCommand(report, checkRecords, {
    ...{ store, source, now, command: 'records', check: assertKnown, fixed: { order: undefined } },
    description: 'list records with their whole way, oldest check first',
  });

  listCommand(report, wholeRecord, {
    ...{ store, source, command: 'record <id>', description: 'print one record with its whole way' },
  });
}

/** Where there is no record of a cinema, it may be unknown. */
async function assertKnown(
  { cinemas }: ReportSource,
  { cinema }: { readonly cinema?: CinemaCode | undefined },
  first: Row | undefined,
): Promise<void> {
  if (cinema === undefined || (first !== undefined && first.Checked !== 0)) return;
  const known = await cinemas();
  if (known === 'all' || known.includes(cinema)) return;
  throw new ExpectedError(`The cinema ${cinema} is not known here.`);
}
