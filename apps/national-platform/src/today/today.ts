import type { AskedList, PageSet, Reading } from '@ticket-check/admin';
import {
  type AskedCinemas,
  type Completeness,
  completenessOf,
  countArrived,
  DEMANDED_PERCENT,
  isOfCinemas,
  isTooIncomplete,
} from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import {
  addDays,
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Clock, createLruCache, sharedFor } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';
import {
  type CompletenessStore,
  lastDateOver,
  loadPlatformDays,
  reachedTogether,
} from '../completeness/platform-days.ts';
import type { TicketTables } from '../tickets/write-tickets.ts';
import type { Today } from './told.ts';

/** It counts two days of records and one of tickets: once for all who see the same cinemas. */
const EVERY_MS = 300_000;
/** The most sets of cinemas that are kept. */
const MAX_SETS = 100;
const TREND_DAYS = 30;
/** Of each list at most this many are named. */
const MAX_NAMED = 20;

type TodayStore = CompletenessStore & Store<CinemaTables & TicketTables>;

/** The screen that a regulator begins with, live, and the same as JSON. */
export function todayPages(store: TodayStore, { now, read: readFor }: Pick<Reading, 'now' | 'read'>): PageSet {
  const permission = 'records.read';
  const title = { zh: '今日', en: 'Today' };
  const bySet = createLruCache<() => Promise<Today>>(MAX_SETS);
  function read({ cinemaCodes }: Pick<AskedList, 'cinemaCodes'>): Promise<Today> {
    const set = String(cinemaCodes);
    const cinemas = cinemaCodes;
    const shared = bySet.get(set) ?? sharedFor(EVERY_MS, () => readToday(store, now, cinemas));
    bySet.set(set, shared);
    return shared();
  }
  return {
    name: 'today',
    screens: [{ path: '/today', permission, label: title }],
    json: [
      {
        ...{ path: '/today.json', permission, describes: { title } },
        handler: (request) => readFor(request.actor, () => read(request)),
      },
    ],
    live: [{ name: 'today', permission, everyMs: EVERY_MS, read }],
  };
}

export async function readToday(store: TodayStore, now: Clock, cinemas: AskedCinemas): Promise<Today> {
  const date = businessDate(wallClockAt(now()));
  const last = lastDateOver(now);
  const accounts = createAccounts(store, now);
  const successorOf = await accounts.loadSuccessors();
  const days = await loadPlatformDays(store, { date: last, cinemas }, now);
  const arrived = await countArrived(store, { date, cinemas });
  const sold = await countSold(store, last, cinemas);
  const trend = await loadTrend(store, { last, cinemas }, successorOf);
  const platforms = (await accounts.list()).filter(
    ({ username, role, revokedAt, expiresAt }) =>
      role === 'platform' &&
      revokedAt === null &&
      (expiresAt === null || expiresAt > wallClockAt(now())) &&
      successorOf(username) === username,
  );
  const byPlatform = Map.groupBy(days, ({ platform }) => platform);
  const entriesOf = (of: readonly { readonly checked: number; readonly quarantined: number }[]) =>
    of.reduce((sum, { checked, quarantined }) => sum + checked - quarantined, 0);
  const shareOf = (of: typeof days) => {
    const { told } = reachedTogether(of);
    return told === null ? null : completenessOf(told);
  };
  const shown = platforms
    // An operator limited to some cinemas sees the platforms that work there.
    .filter(({ username }) => cinemas === 'all' || byPlatform.has(username))
    .map(({ username, boundTo }) => {
      const ofPlatform = byPlatform.get(username) ?? [];
      return {
        Username: username,
        LastHeardAt: boundTo === null ? null : wallClockAt(boundTo.seenAt),
        Today: entriesOf(arrived.filter(({ account }) => successorOf(account) === username)),
        Entries: entriesOf(ofPlatform),
        Completeness: shareOf(ofPlatform),
      };
    })
    .sort((a, b) => Number(a.Entries > 0) - Number(b.Entries > 0) || (a.Username < b.Username ? -1 : 1));
  const below = days
    .flatMap(({ reached, ...day }) => (reached !== null && isTooIncomplete(reached) ? [{ ...day, reached }] : []))
    .sort((a, b) => a.reached.delivered / a.reached.entries - b.reached.delivered / b.reached.entries);
  const heardOf = new Set<string>(days.filter(({ checked }) => checked > 0).map(({ cinemaCode }) => cinemaCode));
  const silent = [...sold]
    .filter(([cinemaCode, tickets]) => tickets > 0 && !heardOf.has(cinemaCode))
    .sort(([, a], [, b]) => b - a);
  const cinemaOf = (cinemaCode: CinemaCode) => ({
    CinemaCode: cinemaCode,
    Sold: sold.get(cinemaCode) ?? 0,
  });
  const isAny = async (table: string) =>
    (await sql`select 1 from ${sql.table(table)} limit 1`.execute(store.reports)).rows.length > 0;
  const setUp = {
    ...{ cinemas: await isAny('cinema'), tickets: await isAny('ticket') },
    ...{ platforms: platforms.length > 0, records: await isAny('checkRecord') },
  };
  return {
    BusinessDate: date,
    Today: entriesOf(arrived),
    LastDate: last,
    Sold: [...sold.values()].reduce((sum, tickets) => sum + tickets, 0),
    Entries: entriesOf(days),
    Completeness: shareOf(days),
    Platforms: shown,
    Below: below.slice(0, MAX_NAMED).map(({ cinemaCode, platform, reached }) => ({
      ...cinemaOf(cinemaCode),
      ...{ Platform: platform, Admitted: reached.entries, Reached: reached.delivered },
      Completeness: completenessOf(reached),
    })),
    BelowCount: below.length,
    Silent: silent.slice(0, MAX_NAMED).map(([cinemaCode]) => cinemaOf(cinemaCode)),
    SilentCount: silent.length,
    DemandedPercent: DEMANDED_PERCENT,
    Trend: trend,
    SetUp: cinemas === 'all' && Object.values(setUp).includes(false) ? setUp : null,
  };
}

/** Counts the tickets of a date's sessions that were not refunded, by cinema, in the keys of tickets and refunds, which begin with the start. */
async function countSold(
  { reports }: Pick<TodayStore, 'reports'>,
  date: BusinessDate,
  cinemas: AskedCinemas,
): Promise<Map<CinemaCode, number>> {
  const { from, until } = businessDay(date);
  const counting = (table: 'ticket' | 'refund') => sql<{ cinemaCode: CinemaCode; tickets: number }>`
    select c.cinema_code, count(*) as tickets from ${sql.ref(table)} c
    where c.start_time >= ${from} and c.start_time < ${until} and ${isOfCinemas(cinemas)} group by c.cinema_code
  `;
  const sold = new Map<CinemaCode, number>();
  for (const [table, sign] of [
    ['ticket', 1],
    ['refund', -1],
  ] as const) {
    const { rows } = await counting(table).execute(reports);
    for (const { cinemaCode, tickets } of rows) sold.set(cinemaCode, (sold.get(cinemaCode) ?? 0) + sign * tickets);
  }
  return sold;
}

/** Sums what platforms reported of dates that were over, to the last. Of accounts that replace each other the fullest report counts. */
async function loadTrend(
  { reports }: Pick<TodayStore, 'reports'>,
  { last, cinemas }: { last: BusinessDate; cinemas: AskedCinemas },
  successorOf: (username: string) => string,
): Promise<Today['Trend']> {
  const trend: Today['Trend'][number][] = [];
  for (let date = addDays(last, 1 - TREND_DAYS); date <= last; date = addDays(date, 1)) {
    const rows = await reports
      .selectFrom('toldDay')
      .select((eb) => [
        'username',
        eb.fn.sum<number>('entries').as('entries'),
        eb.fn.sum<number>('delivered').as('delivered'),
      ])
      .where('businessDate', '=', date)
      // What was counted earlier is a part: its completeness is unknown.
      .where('countedAt', '>=', businessDay(date).until)
      .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
      .groupBy('username')
      .execute();
    const fullest = new Map<string, Completeness>();
    for (const { username, entries, delivered } of rows) {
      const before = fullest.get(successorOf(username));
      if (before === undefined || before.entries < entries) fullest.set(successorOf(username), { entries, delivered });
    }
    const sum = (count: keyof Completeness) => [...fullest.values()].reduce((all, one) => all + one[count], 0);
    if (fullest.size > 0) trend.push({ BusinessDate: date, Admitted: sum('entries'), Delivered: sum('delivered') });
  }
  return trend;
}
