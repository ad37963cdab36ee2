import type { CheckRecordTables } from '@ticket-check/check-records';
import { noteReading, type OperationTables } from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { assertLive } from '../asked.ts';
import type { JsonRequest, PageSet } from '../page.ts';
import { liveList } from '../serve-live.ts';
import { recordFiles } from './file-data.ts';
import { type ReconciliationSource, reconciliation } from './reconciliation-data.ts';
import { oneRecord, recordList, searchIn, searchJson, ticketIn } from './record-data.ts';
import { completeness, dayReport, reportIn, reportJson } from './report-data.ts';
import { createLimits, type RecordSource } from './source.ts';

/** A whole day is counted for it: once for all who look, and seldom. */
const REPORT_EVERY_MS = 30_000;

/**
 * The console's data about check records: lists, the way of one record, reports of a day and their files; for a service that
 * sends records also completeness and reconciliation. Scheme 5.2.5, 5.2.9.
 */
export function checkRecordPages(
  service: Pick<Service, 'now' | 'drain'>,
  options: Omit<RecordSource, 'store' | 'now' | 'limits'> & {
    readonly store: Store<CheckRecordTables & OperationTables>;
    /** Epoch milliseconds, by the clock that check times are taken from; the service's own by default. */
    readonly checkClock?: () => number;
    readonly hasScreens?: boolean;
    readonly mostRecords?: number;
    readonly above?: Pick<ReconciliationSource, 'upstream' | 'deadline'>;
  },
): PageSet {
  const { checkClock: now = service.now, above, mostRecords, hasScreens = false, ...rest } = options;
  const { store } = options;
  const source: RecordSource = { ...rest, store, now, limits: createLimits() };
  const files = recordFiles(source, store, mostRecords);
  service.drain(source.limits.ended);
  const permission = 'records.read' as const;
  const [records, report] = [recordList(source), dayReport(source)];
  /** Records in the audit that a machine read a day, as for a person who downloads it. Scheme 5.3.2.2. */
  const note = ({ actor, address: from, byToken, query }: JsonRequest, name: string, what: object) => {
    const reading = { name, actor, from, what: { ...what, format: 'json' }, now, byMachine: byToken };
    return noteReading(store, reading, { isPart: query.has('after') });
  };
  const notedRecords = async (request: JsonRequest) => {
    // A caller who asks for one record knows it already.
    if (request.byToken && ticketIn(request.query)?.kind !== 'record')
      await note(request, 'report records', searchJson(searchIn(request, now)));
    return records(request);
  };
  const notedReport = async (request: JsonRequest) => {
    if (request.byToken) await note(request, 'report day', reportJson(reportIn(request, now)));
    return report(request);
  };
  const bounded = (answer: (request: JsonRequest) => Promise<object>) => (request: JsonRequest) =>
    source.limits.read(request.actor, () => answer(request));
  const compared = above === undefined ? null : reconciliation({ ...source, ...above }, store);
  return {
    name: 'records',
    ...(hasScreens && {
      screens: [
        { path: '/records', permission, label: { zh: '检票记录', en: 'Check records' } },
        { path: '/records/:recordId', permission, label: null },
        { path: '/report', permission, label: { zh: '检票日报', en: 'Report of a day' } },
        ...(compared === null
          ? []
          : [{ path: '/reconciliation', permission, label: { zh: '对账', en: 'Reconciliation' } } as const]),
      ],
    }),
    json: [
      { path: '/records.json', permission, handler: bounded(notedRecords) },
      { path: '/record.json', permission, handler: oneRecord(source) },
      { path: '/report.json', permission, handler: bounded(notedReport) },
      ...(source.sends ? [{ path: '/completeness.json', permission, handler: completeness(source) } as const] : []),
      ...(compared === null ? [] : [{ path: '/reconciliation.json', permission, handler: compared.answer } as const]),
    ],
    live: [
      liveList('records', permission, async (asked) => {
        assertLive(asked.query, now, ['cinema']);
        return records(asked);
      }),
      {
        name: 'report',
        permission,
        everyMs: REPORT_EVERY_MS,
        async read(asked) {
          assertLive(asked.query, now, ['by', 'cinema']);
          return report(asked);
        },
      },
    ],
    files: (['csv', 'xlsx'] as const).flatMap((format) => [
      { path: `/records.${format}`, permission, handler: files.records(format) },
      { path: `/report.${format}`, permission, handler: files.report(format) },
      ...(compared === null
        ? []
        : [
            {
              path: `/reconciliation.${format}`,
              permission,
              handler: (request: JsonRequest) => files.send(request, format, () => compared.file(request)),
            } as const,
          ]),
    ]),
  };
}
