import {
  type Row as Cells,
  completenessOf,
  countCompleteness,
  DEMANDED_PERCENT,
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
import {
  type AskedRows,
  cinemaFilter,
  cinemasOf,
  dateFilter,
  datesFrom,
  list,
  says,
  untilFilter,
} from '../declared/list.ts';
import { DataRefused } from '../sent-texts.ts';
import { areFew, hasMoney, REPORT_BY, type ReportSource, reportRows } from './report-source.ts';
import { COMPLETENESS_ROW, REPORT_ROW, type ReportBesides, type ReportRow } from './rows.ts';

/** More lines than that are no page: they are for a file. */
const MAX_LINES = 5000;
const MAX_DAYS = 92;
const USUAL_DAYS = 7;

const FILTERS = {
  businessDate: dateFilter,
  until: untilFilter,
  month: textOf(parseMonth).optional().meta(says('YYYY-MM：整月', 'YYYY-MM: all of its dates')),
  by: z
    .enum(REPORT_BY)
    .default('cinema')
    .meta(
      says(
        '按什么分行；session：每个场次、影片和检票口；session-total：每个场次及其金额',
        'what a line is for; session: each session, film and gate; session-total: each session, with its money',
      ),
    ),
  cinema: cinemaFilter,
};

/** @throws Error if it is no month */
function parseMonth(text: string): readonly BusinessDate[] {
  if (!/^\d{4}-\d\d$/.test(text)) throw new Error('must be YYYY-MM');
  const dates: BusinessDate[] = [];
  for (let date = parseWholeDay(`${text}-01`); date.startsWith(text); date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** @throws DataRefused if these are too many */
function datesOf({ businessDate, until = businessDate, month, by }: AskedRows<typeof FILTERS>['filters']) {
  const dates = month ?? datesFrom(businessDate, until);
  if (dates.length > 1 && by === 'session')
    throw new DataRefused('bad-range', 'Several dates are reported by session-total, not by session.');
  return dates;
}

/** @throws DataRefused before anything is counted, if it is too much */
async function rowsOf(source: ReportSource, { signal, ...asked }: AskedRows<typeof FILTERS>, most?: number) {
  const [dates, { by }] = [datesOf(asked.filters), asked.filters];
  if (dates.length > 1 && by === 'session-total' && !(await areFew(source, asked)))
    throw new DataRefused('choose-cinema', 'Several dates are reported by session-total of at most ten cinemas.');
  return reportRows(source, { dates, by, cinemas: cinemasOf(asked), most }, signal);
}

/** Business dates by what is asked for. Whole days are counted for it: once for all who look, and seldom. */
export const dayReport = list({
  name: 'report',
  rowsName: 'Lines',
  title: { zh: '检票日报', en: 'Check-in day' },
  permission: 'records.read',
  filters: FILTERS,
  row: REPORT_ROW,
  rowsAPage: MAX_LINES,
  live: ['by', 'cinema'],
  everyMs: 30_000,
  audit: {
    name: 'report day',
    what: ({ month, ...rest }) => ({ ...rest, ...(month && { businessDate: month[0], until: month.at(-1) }) }),
  },
  async find(source: ReportSource, { limit, ...asked }) {
    const rows: Cells[] = [];
    for await (const row of await rowsOf(source, asked, limit)) rows.push(row);
    const of = (kind: string) =>
      rows.filter(({ Kind }) => Kind === kind).map(({ Kind: _, ...row }) => row as ReportRow);
    // A report ends with it.
    const [Total] = of('TOTAL') as [ReportRow];
    const { BusinessDate, LastBusinessDate } = Total;
    const besides: ReportBesides = { Cinemas: of('CINEMA'), Scans: of('SCANS'), Total };
    return {
      rows: of('LINE'),
      besides: { BusinessDate, LastBusinessDate, By: asked.filters.by, ...besides },
    };
  },
  file: {
    columns: (source, { by, ...filters }) => [
      ...dayColumns(source, {
        ...{ isRange: datesOf({ by, ...filters }).length > 1, hasMoney: hasMoney(by) },
        hasSold: source.besides?.countSold !== undefined,
      }),
      ...(source.besides?.dayColumns ?? []),
    ],
    rows: rowsOf,
    name: (filters) => `report-${[...new Set([datesOf(filters).at(0), datesOf(filters).at(-1)])].join('-')}`,
  },
});

/** What reached the upstream of what was admitted, for each cinema and business date, the last date first. */
export const completeness = list({
  name: 'completeness',
  rowsName: 'Days',
  title: { zh: '送达率', en: 'Completeness' },
  permission: 'records.read',
  filters: {
    since: textOf(parseBusinessDate)
      .optional()
      .meta(says('第一天；默认为最后一天的前六天', 'the first date; six days before the last by default')),
    until: textOf(parseWholeDay).optional().meta(says('最后一天；默认为今天', 'the last date; today by default')),
    cinema: cinemaFilter,
  },
  row: COMPLETENESS_ROW,
  live: 'none',
  async find({ store, now }: ReportSource, { signal, ...asked }) {
    const today = businessDate(wallClockAt(now()));
    const { until = today, since = addDays(until, 1 - USUAL_DAYS) } = asked.filters;
    const rows: z.output<typeof COMPLETENESS_ROW>[] = [];
    for (const date of datesFrom(since, until, MAX_DAYS).toReversed()) {
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
