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
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { ToldDayTables } from './report-business-day.ts';

export type CompletenessStore = Store<AccountTables & CheckRecordTables & ToldDayTables>;

/** What a platform reported for a cinema and business date, without its hours. */
type ToldDay = {
  readonly username: string;
  readonly countedAt: WallClock;
  readonly toldAt: WallClock;
  readonly entries: number;
  /** How many of these it knows to be accepted here; the rest is not sent yet. */
  readonly delivered: number;
};

/** The records of one platform for a cinema and business date, and what the platform reported for it. */
export type PlatformDay = {
  readonly cinemaCode: CinemaCode;
  /** Its account; records and reports of accounts that it replaces are included. */
  readonly platform: string;
  /** All records received, including quarantined ones. */
  readonly checked: number;
  readonly quarantined: number;
  /** null: nothing reported, as by a platform that speaks only the scheme. */
  readonly told: ToldDay | null;
  /** Whether the last report came before the date was over and counts only what there was until then. */
  readonly isToldInPart: boolean;
};

/** Loads every cinema and platform with records or a report for a business date, by cinema. */
export async function loadPlatformDays(
  store: CompletenessStore,
  { date, cinemas, signal }: { date: BusinessDate; cinemas?: AskedCinemas; signal?: AbortSignal },
  now: Clock,
): Promise<PlatformDay[]> {
  const successorOf = await createAccounts(store, now).loadSuccessors();
  const days = new Map<string, { -readonly [Part in keyof PlatformDay]: PlatformDay[Part] }>();
  const dayOf = (cinemaCode: CinemaCode, account: string) => {
    const platform = successorOf(account);
    const key = keyOf({ cinemaCode, platform });
    const day = days.get(key) ?? { cinemaCode, platform, checked: 0, quarantined: 0, told: null, isToldInPart: false };
    days.set(key, day);
    return day;
  };
  // Reports are read before records: records that arrive in between must not look missing.
  for (const told of await loadTold(store, date, cinemas)) {
    const day = dayOf(told.cinemaCode as CinemaCode, told.username);
    if (day.told === null || isLaterIn(day.platform, told, day.told)) day.told = told;
  }
  for (const line of await countArrived(store, { date, cinemas, signal })) {
    const day = dayOf(line.cinemaCode, line.account);
    day.checked += line.checked;
    day.quarantined += line.quarantined;
  }
  const { until } = businessDay(date);
  const isOver = wallClockAt(now()) >= until;
  for (const day of days.values()) day.isToldInPart = isOver && day.told !== null && day.told.countedAt < until;
  return [...days.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ cinemaCode, platform }: Pick<PlatformDay, 'cinemaCode' | 'platform'>) => `${cinemaCode} ${platform}`;

/** The report of the valid account goes before those of accounts that it replaces; among these the latest counts. */
function isLaterIn(platform: string, told: ToldDay, before: ToldDay): boolean {
  if (before.username === platform) return false;
  return told.username === platform || told.toldAt > before.toldAt;
}

async function loadTold(store: CompletenessStore, date: BusinessDate, cinemas?: AskedCinemas) {
  const rows = await store.reports
    .selectFrom('toldDay')
    .select(['cinemaCode', 'username', 'countedAt', 'toldAt', 'entries', 'delivered'])
    .where('businessDate', '=', date)
    .where(isOfCinemas(cinemas, sql.ref('cinemaCode')))
    .execute();
  return rows.map((row) => ({
    ...row,
    countedAt: row.countedAt as WallClock,
    toldAt: row.toldAt as WallClock,
  }));
}

/** Completeness here; null if the platform did not report, or not the whole day. */
export function reachedOf({ told, isToldInPart, checked }: PlatformDay): Completeness | null {
  return told === null || isToldInPart ? null : { entries: told.entries, delivered: Math.min(checked, told.entries) };
}

/** The sum over several platforms: `whole` is null if one of them is unknown, `told` covers those that reported. */
export type ReachedTogether = { readonly whole: Completeness | null; readonly told: Completeness | null };

/** The same for each cinema. */
function reachedByCinema(days: readonly PlatformDay[]): Map<CinemaCode, ReachedTogether> {
  const byCinema = Map.groupBy(days, ({ cinemaCode }) => cinemaCode);
  return new Map([...byCinema].map(([cinemaCode, ofCinema]) => [cinemaCode, reachedTogether(ofCinema)]));
}

export function reachedTogether(days: readonly PlatformDay[]): ReachedTogether {
  const known = days.map(reachedOf).filter((one) => one !== null);
  const sum = (count: keyof Completeness) => known.reduce((all, one) => all + one[count], 0);
  const told = known.length === 0 ? null : { entries: sum('entries'), delivered: sum('delivered') };
  return { whole: known.length === days.length ? told : null, told };
}

/** Completeness of the records at this platform. */
export type Reached = {
  /** By cinema, over the platforms that reported: one that did not must hide no shortage. Cinemas without any report are left out. */
  known(date: BusinessDate): Promise<ReadonlyMap<CinemaCode, Completeness>>;
  /** The same in reports of a day. */
  readonly additions: ReportAdditions;
};

export function createReached(store: CompletenessStore, now: Clock): Reached {
  return {
    async known(date) {
      const byCinema = reachedByCinema(await loadPlatformDays(store, { date }, now));
      return new Map([...byCinema].flatMap(([code, { told }]) => (told === null ? [] : [[code, told] as const])));
    },
    additions: {
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
        const rowOf = ({ whole, told }: ReachedTogether) => ({
          Admitted: whole?.entries ?? null,
          Completeness: whole === null ? null : completenessOf(whole),
          Alarm: isOver && told !== null && isTooIncomplete(told),
        });
        return {
          cinemas: new Map([...reachedByCinema(days)].map(([cinemaCode, reached]) => [cinemaCode, rowOf(reached)])),
          total: rowOf(reachedTogether(days)),
        };
      },
    },
  };
}

/**
 * The hours of a cinema and business date that differ from what the platform reported; or why that is unknown: `not-told`, it
 * reported nothing, or `counts-alone`, it reported only the number, as it does before the date is over.
 */
export type ComparedDay =
  | { readonly comparedAt: WallClock; readonly hours: readonly HourPair[] }
  | { readonly reason: 'not-told' | 'counts-alone' };

/**
 * Compares the records of one platform for a cinema and business date with what the platform reported: hour by hour, by number
 * and hash of the records that count. Scheme 5.2.5, 5.2.9; reading X10.
 */
export async function compareHours(
  store: CompletenessStore,
  date: BusinessDate,
  { cinemaCode, platform, told }: PlatformDay,
  now: Clock,
  signal?: AbortSignal,
): Promise<ComparedDay> {
  if (told === null) return { reason: 'not-told' };
  const row = await store.reports
    .selectFrom('toldDay')
    .select(['countedAt', 'hours', 'overrides', 'undone'])
    .where((eb) => eb.and({ username: told.username, businessDate: date, cinemaCode }))
    .executeTakeFirst();
  if (row === undefined || row.hours === null) return { reason: 'counts-alone' };
  const here = await summarizeDay(store, {
    cinemaCode,
    businessDate: date,
    accounts: await createAccounts(store, now).usernamesOf(platform),
    overrides: row.overrides === 1,
    undone: row.undone === 1,
    signal,
  });
  const hours = pairHours(here, JSON.parse(row.hours)).filter((pair) => !isEqualHour(pair));
  return { comparedAt: row.countedAt as WallClock, hours };
}

/** What was found, as `reconcile` prints it: a line for each hour that differs, or one that says why there was no comparison. */
export function differencesJson(compared: ComparedDay, date: BusinessDate, day: PlatformDay): Row[] {
  const { cinemaCode: CinemaCode, platform: Platform } = day;
  if ('reason' in compared)
    return [{ Kind: 'not-compared', CinemaCode, BusinessDate: date, Platform, Reason: compared.reason }];
  return compared.hours.map(({ hour, here, there }) => ({
    Kind: 'hour-differs',
    CinemaCode,
    Hour: hour,
    Here: countsJson(here),
    Below: countsJson(there),
    Platform,
  }));
}

const countsJson = ({ records, quarantined }: HourPair['here']) => ({ Records: records, Quarantined: quarantined });

export const lastDateOver = (now: Clock): BusinessDate => addDays(businessDate(wallClockAt(now())), -1);
