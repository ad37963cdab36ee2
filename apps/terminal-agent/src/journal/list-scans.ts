import { list, listCommand, says } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { elementsJson, type RecordId, type TicketIdentity } from '@ticket-check/protocol';
import type { Command } from 'commander';
import { z } from 'zod';
import { firstJson } from '../admission/entry-words.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { SCAN_ROW, type ScanRow } from './rows.ts';

function selectScans(store: TerminalStore, cinemas: readonly string[] | 'all') {
  const scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .leftJoin('refusal', 'refusal.recordId', 'scan.recordId')
    .leftJoin('override as later', 'later.overrides', 'scan.recordId')
    .selectAll('scan')
    .select(['override.overrides', 'override.operator', 'override.reason'])
    .select(['refusal.first', 'later.operator as letInBy']);
  return cinemas === 'all' ? scans : scans.where('scan.cinemaCode', 'in', cinemas);
}

export const selectScansOf = (
  store: TerminalStore,
  asked: Partial<TicketIdentity> | { readonly recordId: RecordId },
  cinemas: readonly string[] | 'all',
  most: number,
) =>
  Object.entries(asked)
    .reduce(
      (scans, [column, value]) => scans.where(`scan.${column as keyof TicketIdentity | 'recordId'}`, '=', value),
      selectScans(store, cinemas),
    )
    .orderBy('sequence', 'desc')
    .limit(most);

type FoundScan = Awaited<ReturnType<ReturnType<typeof selectScans>['execute']>>[number];

export const truthOf = (value: number | null): boolean | null => (value === null ? null : value === 1);

export const scanRow = (row: FoundScan): ScanRow => ({
  ...elementsJson(row, 'Sequence', 'RecordId', 'Gate', 'ScannedAt', 'Verdict', 'Detail'),
  Confirmed: truthOf(row.confirmed),
  RefundStateKnown: truthOf(row.refundStateKnown),
  ChangesKnownAt: row.changesKnownAt,
  ClockTrusted: row.clockTrusted === 1,
  ...elementsJson(row, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'ETicketTime', 'ETicketAgeSeconds'),
  ...elementsJson(row, 'DecidedAt', 'OpenedAt', 'LateVerdict', 'LateNoticedAt', 'LateFirstEntry'),
  ...(row.overrides !== null && {
    Overrides: row.overrides,
    OverriddenBy: row.operator ?? '',
    OverrideReason: row.reason ?? '',
  }),
  ...(row.first !== null && { First: firstJson(JSON.parse(row.first)) }),
  ...(row.letInBy !== null && { LetInBy: row.letInBy }),
});

/** The newest scans of a terminal, admitted or not, oldest first. Scheme 5.2.9. */
export const scans = list({
  name: 'scans',
  rowsName: 'Scans',
  title: { zh: '扫码', en: 'Scans' },
  permission: 'records.read',
  filters: {
    last: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be a whole number from 1 up')
      .transform(Number)
      .default(1000)
      .meta(says('仅最新的若干条', 'only the newest ones')),
  },
  row: SCAN_ROW,
  place: z.number(),
  rowsAPage: 50,
  everyMs: 2_000,
  async find(store: TerminalStore, { filters: { last }, cinemas, after, limit }) {
    const all = selectScans(store, cinemas);
    const newest = all
      .orderBy('sequence', 'desc')
      .offset(last - 1)
      .limit(1);
    const start = after ?? ((await newest.executeTakeFirst())?.sequence ?? 1) - 1;
    const page = await all.where('sequence', '>', start).orderBy('sequence').limit(limit).execute();
    const isLast = page.length < limit;
    return { rows: page.map(scanRow), next: isLast ? null : (page.at(-1)?.sequence ?? null) };
  },
});

export function scansCommand(program: Command, store: CommandStore<TerminalTables>): void {
  listCommand(program.command('scans').description("list this terminal's scans"), scans, {
    store,
    source: (opened) => opened,
    command: 'list',
    description: 'list scans as lines of JSON, oldest first',
  });
}
