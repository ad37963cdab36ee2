import {
  type AskedRows,
  cinemaFilter,
  cinemasOf,
  dateFilter,
  datesToCompare,
  filterOf,
  list,
  type PageSet,
  type Reading,
  says,
  servedTogether,
  serveList,
  untilFilter,
} from '@ticket-check/admin';
import { column, columns, completenessOf, DEMANDED_PERCENT, isTooIncomplete } from '@ticket-check/check-records';
import { type BusinessDate, businessDay, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { pageOf } from '@ticket-check/storage';
import { z } from 'zod';
import { loadCinemaCodes } from '../cinemas/names.ts';
import { COMPLETENESS_ROW, type CompletenessRow, HOUR_ROW, type HourRow } from '../console-data/rows.ts';
import {
  type CompletenessStore,
  compareHours,
  lastDateOver,
  loadPlatformDays,
  reachedTogether,
} from './platform-days.ts';

type Source = { readonly store: CompletenessStore; readonly now: Clock };

/** The most differing hours in one answer. */
const MAX_FINDINGS = 1000;

const FILTERS = {
  businessDate: dateFilter.meta(
    says(
      'YYYY-MM-DD；默认为最近一个已结束的营业日，今日的记录还在报送',
      'YYYY-MM-DD; the last date that is over by default',
    ),
  ),
  until: untilFilter,
  cinema: cinemaFilter,
  platform: filterOf('account', String, '仅一个平台', 'only of one platform'),
};

/** Loads the requested cinemas and platforms of these dates that the operator may see, date by date. @throws DataRefused */
async function* askedDays({ store, now }: Source, { signal, ...asked }: AskedRows<typeof FILTERS>) {
  const { platform } = asked.filters;
  for (const date of await datesToCompare({ cinemas: () => loadCinemaCodes(store), now }, asked)) {
    const days = await loadPlatformDays(store, { date, cinemas: cinemasOf(asked), signal }, now);
    for (const day of days) if (platform === undefined || day.platform === platform) yield { ...day, date };
  }
}

/** Those with the alarm first, the worst before, then those that reported nothing; and their sum. */
async function ranked(source: Source, asked: AskedRows<typeof FILTERS>) {
  const isOver = (date: BusinessDate) => wallClockAt(source.now()) >= businessDay(date).until;
  const days = [];
  for await (const day of askedDays(source, asked)) days.push(day);
  const rows = days.map(
    ({ reached, told, ...day }): CompletenessRow => ({
      BusinessDate: day.date,
      CinemaCode: day.cinemaCode,
      Platform: day.platform,
      Accounts: day.accounts,
      Here: day.checked,
      Quarantined: day.quarantined,
      Admitted: reached?.entries ?? null,
      Missing: reached && reached.entries - reached.delivered,
      Unsent: reached && told && told.entries - told.delivered,
      Completeness: reached && completenessOf(reached),
      Alarm: isOver(day.date) && reached !== null && isTooIncomplete(reached),
      CountedAt: told?.countedAt ?? null,
    }),
  );
  const placed = rows.map((row) => ({ row, place: placeOf(row) }));
  const sum = reachedTogether(days).told;
  return {
    rows: placed.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ row }) => row),
    besides: {
      IsOver: isOver(asked.filters.until ?? asked.filters.businessDate),
      DemandedPercent: DEMANDED_PERCENT,
      Total: {
        Admitted: sum?.entries ?? 0,
        Reached: sum?.delivered ?? 0,
        Completeness: sum === null ? null : completenessOf(sum),
        Alarms: rows.filter(({ Alarm }) => Alarm).length,
        NotTold: rows.filter(({ Admitted }) => Admitted === null).length,
      },
    },
  };
}

const placeOf = ({ Alarm, Admitted, Completeness, BusinessDate, CinemaCode, Platform }: CompletenessRow) =>
  [Alarm ? 0 : Admitted === null ? 1 : 2, (Completeness ?? 0).toFixed(9), BusinessDate, CinemaCode, Platform].join(' ');

/** Completeness of business dates by cinema and platform. */
const completeness = list({
  name: 'completeness',
  rowsName: 'Days',
  title: { zh: '送达率', en: 'Completeness' },
  permission: 'records.read',
  filters: FILTERS,
  usualDate: lastDateOver,
  row: COMPLETENESS_ROW,
  place: z.string(),
  rowsAPage: 50,
  live: 'none',
  async find(source: Source, { after, limit, ...asked }) {
    const { rows, besides } = await ranked(source, asked);
    const left = rows.filter((row) => placeOf(row) > (after ?? ''));
    const { page, next } = pageOf(left, limit, placeOf);
    return { rows: page, next, besides };
  },
  file: {
    rows: async (source, asked) => (await ranked(source, asked)).rows,
  },
});

/** Compares the requested cinemas and platforms of dates with what was reported, one after another. */
async function* comparedDays({ store, now }: Source, asked: AskedRows<typeof FILTERS>) {
  for await (const day of askedDays({ store, now }, asked)) yield compareHours(store, day.date, day, now, asked.signal);
}

/** The hours that differ between here and what platforms reported; as a file also what could not be compared. */
export const reconciliation = list({
  name: 'reconciliation',
  rowsName: 'Findings',
  title: { zh: '对账', en: 'Reconciliation' },
  permission: 'records.read',
  filters: FILTERS,
  usualDate: lastDateOver,
  row: HOUR_ROW,
  rowsAPage: MAX_FINDINGS,
  live: 'none',
  audit: { name: 'reconcile' },
  takesLong: true,
  async find(source: Source, { limit, ...asked }) {
    const rows: HourRow[] = [];
    const cinemas: object[] = [];
    for await (const { rows: found, about, isCompared } of comparedDays(source, asked)) {
      if (isCompared) rows.push(...(found as HourRow[]));
      cinemas.push(about);
      if (rows.length >= limit) break;
    }
    return { rows, besides: { Cinemas: cinemas, More: rows.length >= limit } };
  },
  file: {
    columns: () => [
      ...columns('Kind', 'CinemaCode', 'BusinessDate', 'Platform'),
      column('Hour', '时段', 'Hour'),
      {
        ...column('Here', '本平台记录数', 'Records here'),
        of: ({ Here }) => (Here as HourRow['Here'] | undefined)?.Records,
      },
      {
        ...column('Below', '平台告知记录数', 'Records reported'),
        of: ({ Below }) => (Below as HourRow['Below'] | undefined)?.Records,
      },
      column('Reason', '未能对账的原因', 'Why it was not compared'),
    ],
    async rows(source, asked) {
      const days = comparedDays(source, asked);
      return (async function* () {
        for await (const { rows } of days) yield* rows;
      })();
    },
  },
});

/** Completeness of business dates by cinema and platform, and the hours that differ. */
export function completenessPages(store: Source['store'], reading: Reading): PageSet {
  const source = { store, now: reading.now };
  return {
    name: 'completeness',
    screens: [{ path: '/completeness', permission: 'records.read', label: completeness.title }],
    ...servedTogether([serveList(completeness, source, reading), serveList(reconciliation, source, reading)]),
  };
}
