import { cinemaIn, type JsonRequest } from '@ticket-check/admin';
import type { FileToSend, Row } from '@ticket-check/check-records';
import { noteReading, type OperationTables } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { askedDays, dateIn } from './asked-days.ts';
import { findingJson, notComparedJson } from './finding-json.ts';
import { FINDING_COLUMNS, FINDINGS_TITLE, findingRow, notComparedRow } from './finding-table.ts';
import type { ToldStore } from './platform-days.ts';
import { compareTold } from './reconcile-told.ts';

/** The most hours in one answer; a file holds all. */
const MAX_FINDINGS = 1000;

/** Serves what `reconcile` finds as a list and as a file. */
export function differencesData(store: ToldStore, audit: Store<OperationTables>, now: Clock) {
  /** The search as the audit records it. */
  function searchOf(request: JsonRequest) {
    const platform = request.query.get('platform')?.trim() || undefined;
    return { name: 'reconcile', what: { businessDate: dateIn(request, now), cinemaCode: cinemaIn(request), platform } };
  }

  async function* comparedDays(request: JsonRequest) {
    const date = dateIn(request, now);
    for (const day of await askedDays(store, request, now, request.signal)) {
      request.signal.throwIfAborted();
      yield { place: { ...day, date }, outcome: await compareTold(store, date, day, now, request.signal) };
    }
  }

  return {
    /** `GET /reconciliation.json`. */
    async answer(request: JsonRequest): Promise<object> {
      const { actor, address: from, byToken } = request;
      const { name, what } = searchOf(request);
      const reading = { name, actor, from, what: { ...what, format: 'json' }, now, byMachine: byToken };
      await noteReading(audit, reading, { isPart: false });
      const findings: object[] = [];
      const cinemas: object[] = [];
      for await (const { place, outcome } of comparedDays(request)) {
        if (findings.length >= MAX_FINDINGS) break;
        const { cinemaCode: CinemaCode, platform: Platform } = place;
        if ('failure' in outcome) {
          cinemas.push({ ...notComparedJson(outcome, place), Failure: outcome.failure });
          continue;
        }
        cinemas.push({ CinemaCode, Platform, ComparedAt: outcome.comparedAt, Hours: outcome.hours.length });
        findings.push(...outcome.hours.map((hour) => findingJson(hour, place)));
      }
      return {
        BusinessDate: what.businessDate,
        Findings: findings,
        Cinemas: cinemas,
        More: findings.length >= MAX_FINDINGS,
      };
    },

    /** `GET /reconciliation.csv` and `.xlsx`. */
    async file(request: JsonRequest): Promise<FileToSend> {
      const search = searchOf(request);
      async function* rows(): AsyncGenerator<Row> {
        for await (const { place, outcome } of comparedDays(request)) {
          if ('failure' in outcome) yield notComparedRow(outcome, place, request.language);
          else yield* outcome.hours.map((hour) => findingRow(hour, place, request.language));
        }
      }
      return {
        ...search,
        table: { title: FINDINGS_TITLE, columns: FINDING_COLUMNS, rows: rows() },
        fileName: `reconciliation-${search.what.businessDate}`,
      };
    },
  };
}
