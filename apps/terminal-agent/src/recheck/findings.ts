import { cinemaFilter, list, type PageSet, type Reading, says, serveList } from '@ticket-check/admin';
import { type CheckRecord, elementsJson } from '@ticket-check/protocol';
import { pageOf } from '@ticket-check/storage';
import { sql } from 'kysely';
import { z } from 'zod';
import { SHOWN_COLUMNS, ticketJson, withKnownNames } from '../check-records/known-names.ts';
import { FINDING_ROW, LATE_KINDS } from '../check-records/ticket-row.ts';
import type { TerminalStore } from '../tables.ts';

/**
 * The late findings of this terminal, newest first: admissions that turned out to be doubles, refunded or unknown to the platform
 * above. Scheme 5.2.5; reading C3.
 */
const findings = list({
  name: 'findings',
  rowsName: 'Findings',
  title: { zh: '待核实', en: 'To look into' },
  permission: 'records.read',
  filters: { kind: z.enum(LATE_KINDS).optional().meta(says('仅一种', 'only of one kind')), cinema: cinemaFilter },
  row: FINDING_ROW,
  place: z.tuple([z.string(), z.string()]).readonly(),
  rowsAPage: 50,
  async find(store: TerminalStore, { filters: { kind }, cinemas, after, limit }) {
    const found = await store.reports
      .selectFrom('scan')
      .innerJoin('checkRecord', 'checkRecord.recordId', 'scan.recordId')
      .select(SHOWN_COLUMNS.map((column) => `checkRecord.${column}` as const))
      .select(['checkTime', 'scan.gate', 'scannedAt', 'lateVerdict', 'lateNoticedAt', 'lateFirstEntry'])
      .select((eb) =>
        eb
          .exists(eb.selectFrom('reversal').select('reversal.recordId').whereRef('reverses', '=', 'scan.recordId'))
          .as('isUndone'),
      )
      .where('lateVerdict', 'is not', null)
      .$if(kind !== undefined, (late) => late.where('lateVerdict', '=', kind ?? ''))
      .$if(cinemas !== 'all', (late) => late.where('scan.cinemaCode', 'in', cinemas as readonly string[]))
      .$if(after !== null, (late) =>
        late.where(sql<boolean>`(late_noticed_at, scan.record_id) < (${after?.[0]}, ${after?.[1]})`),
      )
      .orderBy('lateNoticedAt', 'desc')
      .orderBy('scan.recordId', 'desc')
      .limit(limit + 1)
      .execute();
    const { page, next } = pageOf(found, limit, (last) => [last.lateNoticedAt ?? '', last.recordId] as const);
    // Rows are written only from records, so their values are valid.
    const named = await withKnownNames(store.reports, page as unknown as ((typeof page)[number] & CheckRecord)[]);
    const rows = named.map((row) => ({
      ...ticketJson(row),
      ...elementsJson(row, 'Gate', 'ScannedAt'),
      LateVerdict: row.lateVerdict ?? '',
      LateNoticedAt: row.lateNoticedAt ?? '',
      FirstEntry: row.lateFirstEntry,
      Undone: Boolean(row.isUndone),
    }));
    return { rows, next };
  },
});

export function findingsScreen(store: TerminalStore, reading: Reading): PageSet {
  return {
    name: 'findings',
    screens: [{ path: '/findings', permission: findings.permission, label: findings.title }],
    ...serveList(findings, store, reading),
  };
}
