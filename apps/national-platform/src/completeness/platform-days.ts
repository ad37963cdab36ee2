import type { ReportAdditions } from '@ticket-check/admin';
import {
  type AskedCinemas,
  type CheckRecordTables,
  COMPLETENESS_COLUMNS,
  type Completeness,
  completenessOf,
  countArrived,
  type HourPair,
  isEqualHour,
  isOfCinemas,
  isTooIncomplete,
  pairHours,
  type Row,
  summarizeDay,
} from '@ticket-check/check-records';
import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import {
  addDays,
  type BusinessDate,
  businessDate,
  businessDay,
  type CinemaCode,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';
import type { ToldDayTables } from './report-business-day.ts';

export type CompletenessStore = Store<AccountTables & CheckRecordTables & CinemaTables & ToldDayTables>;

/** The records of one platform for a cinema and business date, and what the platform reported for it. */
export type PlatformDay = Awaited<ReturnType<typeof loadPlatformDays>>[number];

/** Loads every cinema and platform with records or a report for a business date, by cinema. */
export async function loadPlatformDays(
  store: CompletenessStore,
  { date, cinemas, signal }: { date: BusinessDate; cinemas?: AskedCinemas; signal?: AbortSignal | undefined },
  now: Clock,
) {
  const successorOf = await createAccounts(store, now).loadSuccessors();
  const keyOf = (cinemaCode: string, account: string) => `${cinemaCode} ${successorOf(account)}`;
  // Reports are read before records: records that arrive in between must not look missing.
  const told = Map.groupBy(await loadTold(store, date, cinemas), (one) => keyOf(one.cinemaCode, one.username));
  const arrived = Map.groupBy(await countArrived(store, { date, cinemas, signal }), (line) =>
    keyOf(line.cinemaCode, line.account),
  );
  const { until } = businessDay(date);
  const isOver = wallClockAt(now()) >= until;
  return [...new Set([...told.keys(), ...arrived.keys()])].sort().map((key) => {
    // A username may contain a space.
    const [cinemaCode] = key.split(' ', 1) as [CinemaCode];
    const platform = key.slice(cinemaCode.length + 1);
    const sum = (count: 'checked' | 'quarantined') =>
      (arrived.get(key) ?? []).reduce((all, line) => all + line[count], 0);
    const checked = sum('checked');
    // The report of the valid account goes before those of accounts that it replaces; among these the latest counts.
    const reports = told.get(key) ?? [];
    const last = reports.find(({ username }) => username === platform) ?? reports[0] ?? null;
    // One that came before the date was over counts only what there was until then.
    const isWhole = last !== null && !(isOver && last.countedAt < until);
    return {
      cinemaCode,
      /** Its account; records and reports of accounts that it replaces are included. */
      platform,
      /** Those whose records are included, without its own where it sent none. */
      accounts: (arrived.get(key) ?? []).map(({ account }) => account),
      /** All records received, including quarantined ones. */
      checked,
      quarantined: sum('quarantined'),
      /** null: nothing reported, as by a platform that speaks only the scheme. */
      told: last,
      /** Completeness here; null if the platform did not report, or not the whole day. */
      reached: isWhole ? { entries: last.entries, delivered: Math.min(checked, last.entries) } : null,
    };
  });
}

/** What platforms reported for a business date, without its hours, the latest report first. */
const loadTold = (store: CompletenessStore, date: BusinessDate, cinemas?: AskedCinemas) =>
  store.reports
    .selectFrom('toldDay')
    .select(['cinemaCode', 'username', 'countedAt', 'entries', 'delivered'])
    .where('businessDate', '=', date)
    .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
    .orderBy('toldAt', 'desc')
    .execute();

/** The same for each cinema. */
function reachedByCinema(days: readonly PlatformDay[]) {
  const byCinema = Map.groupBy(days, ({ cinemaCode }) => cinemaCode);
  return new Map([...byCinema].map(([cinemaCode, ofCinema]) => [cinemaCode, reachedTogether(ofCinema)]));
}

/** The sum over several platforms: `whole` is null if one of them is unknown, `told` covers those that reported. */
export function reachedTogether(days: readonly PlatformDay[]) {
  const known = days.map(({ reached }) => reached).filter((one) => one !== null);
  const sum = (count: keyof Completeness) => known.reduce((all, one) => all + one[count], 0);
  const told = known.length === 0 ? null : { entries: sum('entries'), delivered: sum('delivered') };
  return { whole: known.length === days.length ? told : null, told };
}

/** Completeness of the records at this platform. */
export function createReached(store: CompletenessStore, now: Clock) {
  const additions: ReportAdditions = {
    dayColumns: [
      { name: 'Admitted', head: { zh: '平台告知入场', en: 'Admitted, as reported' } },
      ...COMPLETENESS_COLUMNS,
    ],
    dayRows: async () => [],
    recordColumns: [],
    recordRows: async () => new Map(),
    async ofCinemas(date, cinemas) {
      const days = await loadPlatformDays(store, { date, cinemas }, now);
      const isOver = wallClockAt(now()) >= businessDay(date).until;
      const rowOf = ({ whole, told }: ReturnType<typeof reachedTogether>) => ({
        Admitted: whole?.entries ?? null,
        Completeness: whole && completenessOf(whole),
        Alarm: isOver && told !== null && isTooIncomplete(told),
      });
      return {
        cinemas: new Map([...reachedByCinema(days)].map(([cinemaCode, reached]) => [cinemaCode, rowOf(reached)])),
        total: rowOf(reachedTogether(days)),
      };
    },
  };
  return {
    /** By cinema, over the platforms that reported: one that did not must hide no shortage. Cinemas without any report are left out. */
    async known(date: BusinessDate): Promise<ReadonlyMap<CinemaCode, Completeness>> {
      const byCinema = reachedByCinema(await loadPlatformDays(store, { date }, now));
      return new Map([...byCinema].flatMap(([code, { told }]) => (told === null ? [] : [[code, told] as const])));
    },
    /** The same in reports of a day. */
    additions,
  };
}

/**
 * Compares the records of one platform for a cinema and business date with what the platform reported: hour by hour, by number
 * and hash of the records that count. Answers a row for each hour that differs, or one that says why nothing was compared:
 * `not-told`, it reported nothing, or `counts-alone`, only the number, as before the date is over. Scheme 5.2.5, 5.2.9; reading X10.
 */
export async function compareHours(
  store: CompletenessStore,
  date: BusinessDate,
  { cinemaCode, platform, told }: PlatformDay,
  now: Clock,
  signal?: AbortSignal,
): Promise<{ readonly rows: readonly Row[]; readonly about: object; readonly isCompared: boolean }> {
  const of = { CinemaCode: cinemaCode, Platform: platform };
  const notCompared = (Reason: 'not-told' | 'counts-alone') => ({
    rows: [{ Kind: 'not-compared', CinemaCode: cinemaCode, BusinessDate: date, Platform: platform, Reason }],
    about: { ...of, BusinessDate: date, Reason },
    isCompared: false,
  });
  if (told === null) return notCompared('not-told');
  const row = await store.reports
    .selectFrom('toldDay')
    .select(['countedAt', 'hours', 'overrides', 'undone'])
    .where((eb) => eb.and({ username: told.username, businessDate: date, cinemaCode }))
    .executeTakeFirst();
  if (row === undefined || row.hours === null) return notCompared('counts-alone');
  const summary = await summarizeDay(store, {
    cinemaCode,
    businessDate: date,
    accounts: await createAccounts(store, now).usernamesOf(platform),
    overrides: row.overrides === 1,
    undone: row.undone === 1,
    signal,
  });
  const differing = pairHours(summary, JSON.parse(row.hours)).filter((pair) => !isEqualHour(pair));
  const rows = differing.map(({ hour, here, there }) => ({
    Kind: 'hour-differs',
    CinemaCode: cinemaCode,
    BusinessDate: date,
    Hour: hour,
    Here: countsJson(here),
    Below: countsJson(there),
    Platform: platform,
  }));
  return {
    rows,
    about: { ...of, BusinessDate: date, ComparedAt: row.countedAt, Hours: rows.length },
    isCompared: true,
  };
}

const countsJson = ({ records, quarantined }: HourPair['here']) => ({ Records: records, Quarantined: quarantined });

export const lastDateOver = (now: Clock): BusinessDate => addDays(businessDate(wallClockAt(now())), -1);
