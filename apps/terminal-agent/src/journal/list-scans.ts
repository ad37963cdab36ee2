import type { CommandStore } from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { type Command, InvalidArgumentError } from 'commander';
import type { OverrideTables } from './refusals.ts';
import type { ScanTables } from './scan-tables.ts';

const PAGE = 1000;

/** Lists the newest scans of a terminal, admitted or not, oldest first, in wire names. */
export async function* listScans(
  store: Store<ScanTables & OverrideTables>,
  most: number,
): AsyncGenerator<Record<string, unknown>> {
  const newest = await store.db
    .selectFrom('scan')
    .select('sequence')
    .orderBy('sequence', 'desc')
    .offset(Math.max(0, most - 1))
    .limit(1)
    .executeTakeFirst();
  let after = newest === undefined ? 0 : newest.sequence - 1;
  for (;;) {
    const rows = await store.db
      .selectFrom('scan')
      .leftJoin('override', 'override.recordId', 'scan.recordId')
      .selectAll('scan')
      .select(['override.overrides', 'override.operator', 'override.reason'])
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      yield {
        Sequence: row.sequence,
        RecordId: row.recordId,
        Gate: row.gate,
        ScannedAt: row.scannedAt,
        Verdict: row.verdict,
        Detail: row.detail,
        Confirmed: row.confirmed === null ? null : row.confirmed === 1,
        RefundStateKnown: row.refundStateKnown === null ? null : row.refundStateKnown === 1,
        ChangesKnownAt: row.changesKnownAt,
        ClockTrusted: row.clockTrusted === 1,
        CinemaCode: row.cinemaCode,
        FilmTicketCode: row.filmTicketCode,
        StartTime: row.startTime,
        ETicketTime: row.eTicketTime,
        ETicketAgeSeconds: row.eTicketAgeSeconds,
        DecidedAt: row.decidedAt,
        OpenedAt: row.openedAt,
        LateVerdict: row.lateVerdict,
        LateNoticedAt: row.lateNoticedAt,
        LateFirstEntry: row.lateFirstEntry,
        ...(row.overrides !== null && {
          Overrides: row.overrides,
          OverriddenBy: row.operator,
          OverrideReason: row.reason,
        }),
      };
      after = row.sequence;
    }
    if (rows.length < PAGE) return;
  }
}

export function scansCommand(program: Command, store: Pick<CommandStore<ScanTables>, 'look'>): void {
  program
    .command('scans')
    .description("list this terminal's scans")
    .command('list')
    .description('list scans as lines of JSON, oldest first')
    .option('--last <count>', 'only the newest ones', wholeCount, 1000)
    .action(({ last }: { last: number }) =>
      store.look({ name: 'scans list', what: { last } }, async (opened, print) => {
        for await (const scan of listScans(opened, last)) print(scan);
      }),
    );
}

function wholeCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}
