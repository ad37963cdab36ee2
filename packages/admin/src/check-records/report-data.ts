import {
  completenessOf,
  countCompleteness,
  DEMANDED_PERCENT,
  DIMENSIONS,
  isTooIncomplete,
} from '@ticket-check/check-records';
import { addDays, type BusinessDate, businessDate, parseBusinessDate, wallClockAt } from '@ticket-check/protocol';
import { cinemasIn, dateIn, oneOf, readPart } from '../asked.ts';
import type { AskedList, JsonRequest } from '../page.ts';
import { DataRefused } from '../sent-texts.ts';
import { type AskedReport, reportRows } from './record-tables.ts';
import type { RecordSource } from './source.ts';

/** More lines than that are no page: they are for a file. */
const MAX_LINES = 5000;
const MAX_DAYS = 92;
const USUAL_DAYS = 7;

const BY = ['session', 'cinema', ...DIMENSIONS] as const;

/** What a report of a day is made from, as the query names it. */
export function reportIn(request: AskedList, now: () => number): AskedReport {
  const by = readPart(request.query, 'by', oneOf(BY)) ?? 'cinema';
  return { date: dateIn(request.query, now), cinemas: cinemasIn(request), by };
}

/** What was asked for, as the audit keeps it. */
export function reportJson({ date, cinemas, by }: AskedReport) {
  return { businessDate: date, cinemaCodes: cinemas === undefined ? 'all' : [cinemas].flat(), by };
}

/** `GET /report.json`: a business date by session, cinema, screen, film, account or gate. */
export function dayReport(source: RecordSource) {
  return async (request: AskedList & { readonly signal?: AbortSignal }): Promise<object> => {
    const asked = reportIn(request, source.now);
    const rows = await reportRows(source, asked, request.signal);
    if (rows.length > MAX_LINES) {
      const message = `There are ${rows.length} lines: ask for one cinema, for by=cinema, or for /report.csv or /report.xlsx.`;
      throw new DataRefused('too-many-lines', message);
    }
    const of = (kind: string) => rows.filter(({ Kind }) => Kind === kind).map(({ Kind: _, ...row }) => row);
    const [total] = of('TOTAL');
    return {
      BusinessDate: asked.date,
      By: asked.by,
      Lines: of('LINE'),
      Cinemas: of('CINEMA'),
      Scans: of('SCANS'),
      Total: total,
    };
  };
}

/** `GET /completeness.json`: what reached the upstream of what was admitted, for each cinema and business date. */
export function completeness({ store, now, limits }: RecordSource) {
  return (request: JsonRequest): Promise<object> =>
    limits.read(request.actor, async () => {
      const { query, signal } = request;
      const until = dateIn(query, now, 'until');
      const since = readPart(query, 'since', parseBusinessDate) ?? addDays(until, 1 - USUAL_DAYS);
      const cinemas = cinemasIn(request);
      const dates = datesOf(since, until);
      const today = businessDate(wallClockAt(now()));
      const days: object[] = [];
      for (const date of dates) {
        signal.throwIfAborted();
        const byCinema = await countCompleteness(store, date, cinemas);
        for (const [cinemaCode, counts] of byCinema) {
          days.push({
            BusinessDate: date,
            CinemaCode: cinemaCode,
            Entries: counts.entries,
            Delivered: counts.delivered,
            Completeness: completenessOf(counts),
            // What was admitted a moment ago is on its way.
            Alarm: date < today && isTooIncomplete(counts),
          });
        }
      }
      return { Since: since, Until: until, DemandedPercent: DEMANDED_PERCENT, Days: days };
    });
}

/** Newest first. */
function datesOf(since: BusinessDate, until: BusinessDate): BusinessDate[] {
  if (since > until) throw new DataRefused('bad-range', 'since is not after until.');
  const dates: BusinessDate[] = [];
  for (let date = until; date >= since; date = addDays(date, -1)) {
    if (dates.length === MAX_DAYS) {
      throw new DataRefused('range-too-long', `At most ${MAX_DAYS} days at a time: ask for them in parts.`);
    }
    dates.push(date);
  }
  return dates;
}
