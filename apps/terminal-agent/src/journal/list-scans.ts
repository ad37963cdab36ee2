import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from './override-tables.ts';
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
