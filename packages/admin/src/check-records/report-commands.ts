import type { ReportKind, Row } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { listCommand } from '../declared/commands.ts';
import { checkRecords, wholeRecord } from './declared-records.ts';
import { dayReport } from './declared-report.ts';
import type { ReportSource } from './report-source.ts';

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
