import { type HourPair, isEqualHour, pairHours, summarizeDay } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import type { BusinessDate, WallClock } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { CompletenessStore, PlatformDay } from './platform-days.ts';

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
export function differencesJson(compared: ComparedDay, date: BusinessDate, day: PlatformDay): object[] {
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
