import {
  completenessOf,
  countCompleteness,
  DAY_TITLE,
  DEMANDED_PERCENT,
  DIMENSIONS,
  dayColumns,
  isTooIncomplete,
} from '@ticket-check/check-records';
import {
  addDays,
  type BusinessDate,
  businessDate,
  parseBusinessDate,
  parseWholeDay,
  wallClockAt,
} from '@ticket-check/protocol';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import { type AskedRows, cinemaFilter, cinemasOf, dateFilter, list } from '../declared/list.ts';
import { DataRefused } from '../sent-texts.ts';
import { type ReportSource, reportRows } from './report-source.ts';
import { COMPLETENESS_ROW, REPORT_ROW, type ReportRow } from './rows.ts';

/** More lines than that are no page: they are for a file. */
const MAX_LINES = 5000;
const MAX_DAYS = 92;
const USUAL_DAYS = 7;

const FILTERS = {
  businessDate: dateFilter,
  by: z
    .enum(['session', 'cinema', ...DIMENSIONS])
    .default('cinema')
    .describe('what a line is for; session: each session, film and gate'),
  cinema: cinemaFilter,
};

const rowsOf = (source: ReportSource, { signal, ...asked }: AskedRows<typeof FILTERS>) => {
  const { businessDate: date, by } = asked.filters;
  return reportRows(source, { date, by, cinemas: cinemasOf(asked) }, signal);
};

/** A business date by what is asked for. A whole day is counted for it: once for all who look, and seldom. */
export const dayReport = list({
  name: 'report',
  rowsName: 'Lines',
  title: DAY_TITLE,
  permission: 'records.read',
  filters: FILTERS,
  row: REPORT_ROW,
  place: z.never(),
  rowsAPage: MAX_LINES,
  live: ['by', 'cinema'],
  everyMs: 30_000,
  audit: { name: 'report day' },
  async find(source: ReportSource, { limit, ...asked }) {
    const rows = await rowsOf(source, asked);
    if (rows.length > limit) {
      const message = `There are ${rows.length} lines: ask for one cinema, for by=cinema, or for /report.csv or /report.xlsx.`;
      throw new DataRefused('too-many-lines', message);
    }
    const of = (kind: string) =>
      rows.filter(({ Kind }) => Kind === kind).map(({ Kind: _, ...row }) => row as ReportRow);
    const [Total] = of('TOTAL');
    return {
      rows: of('LINE'),
      next: null,
      besides: { By: asked.filters.by, Cinemas: of('CINEMA'), Scans: of('SCANS'), Total },
    };
  },
  file: {
    columns: (source) => [...dayColumns(source), ...(source.besides?.dayColumns ?? [])],
    rows: rowsOf,
  },
});

/** What reached the upstream of what was admitted, for each cinema and business date, the last date first. */
export const completeness = list({
  name: 'completeness',
  rowsName: 'Days',
  title: { zh: '送达率', en: 'Completeness' },
  permission: 'records.read',
  filters: {
    since: textOf(parseBusinessDate).optional().describe('the first date; six days before the last by default'),
    until: textOf(parseWholeDay).optional().describe('the last date; today by default'),
    cinema: cinemaFilter,
  },
  row: COMPLETENESS_ROW,
  place: z.never(),
  rowsAPage: Number.POSITIVE_INFINITY,
  live: 'none',
  async find({ store, now }: ReportSource, { signal, ...asked }) {
    const today = businessDate(wallClockAt(now()));
    const { until = today, since = addDays(until, 1 - USUAL_DAYS) } = asked.filters;
    const rows: z.output<typeof COMPLETENESS_ROW>[] = [];
    for (const date of datesOf(since, until)) {
      signal?.throwIfAborted();
      for (const [CinemaCode, counts] of await countCompleteness(store, date, cinemasOf(asked))) {
        rows.push({
          BusinessDate: date,
          CinemaCode,
          Entries: counts.entries,
          Delivered: counts.delivered,
          Completeness: completenessOf(counts),
          // What was admitted a moment ago is on its way.
          Alarm: date < today && isTooIncomplete(counts),
        });
      }
    }
    return { rows, next: null, besides: { Since: since, Until: until, DemandedPercent: DEMANDED_PERCENT } };
  },
  file: {
    columns: (source) => dayColumns(source).filter(({ name }) => name in COMPLETENESS_ROW.shape),
  },
});

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
