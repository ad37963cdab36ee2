import type { CheckRecordTables } from '@ticket-check/check-records';
import type { OperationTables } from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
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
