import { summarizeDay } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import type { BusinessDate, HourOfRecords, WallClock, WallClockHour } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { PlatformDay, ToldStore } from './platform-days.ts';

/** Counts of one hour; whether its records differ is judged by the hash. */
type HourCounts = Pick<HourOfRecords, 'records' | 'quarantined'>;

export type DifferingHour = { readonly hour: WallClockHour; readonly here: HourCounts; readonly below: HourCounts };

/** Not comparable: whether anything differs is unknown. */
export type NotCompared = { readonly failure: string; readonly reason: 'not-told' | 'counts-alone' };

/** The hours of a cinema and business date that differ from what the platform reported. */
export type ComparedTold = { readonly comparedAt: WallClock; readonly hours: readonly DifferingHour[] };

const NONE: HourCounts = { records: 0, quarantined: 0 };

/**
 * Compares the records of one platform for a cinema and business date with what the platform reported: hour by hour, by number
 * and hash of the records that count. Scheme 5.2.5, 5.2.9; reading X10.
 */
export async function compareTold(
  store: ToldStore,
  date: BusinessDate,
  { cinemaCode, platform, told, checked, quarantined }: PlatformDay,
  now: Clock,
  signal?: AbortSignal,
): Promise<ComparedTold | NotCompared> {
  if (told === null) {
    const failure = `the platform ${platform} reported nothing of this date: it speaks only the scheme, or was not heard`;
    return { failure, reason: 'not-told' };
  }
  const { username } = told;
  const row = await store.reports
    .selectFrom('toldDay')
    .select(['comparedAt', 'hours', 'overrides', 'undone'])
    .where((eb) => eb.and({ username, businessDate: date, cinemaCode }))
    .executeTakeFirst();
  if (row === undefined || row.comparedAt === null || row.hours === null) {
    const counts = `${told.entries} entries at ${told.countedAt}; here ${checked - quarantined} count and ${quarantined} are quarantined`;
    const failure = `the platform ${platform} reported only the number: ${counts}. It reports the hours once the date is over`;
    return { failure, reason: 'counts-alone' };
  }
  const here = await summarizeDay(store, {
    cinemaCode,
    businessDate: date,
    accounts: await createAccounts(store, now).usernamesOf(platform),
    overrides: row.overrides === 1,
    undone: row.undone === 1,
    signal,
  });
  return { comparedAt: row.comparedAt as WallClock, hours: differingHours(here, JSON.parse(row.hours)) };
}

function differingHours(here: readonly HourOfRecords[], below: readonly HourOfRecords[]): DifferingHour[] {
  const [ours, theirs] = [here, below].map((hours) => new Map(hours.map((hour) => [hour.hour, hour])));
  const all = [...new Set([...here, ...below].map(({ hour }) => hour))].sort();
  return all.flatMap((hour) => {
    const [own, told] = [ours?.get(hour), theirs?.get(hour)];
    const [count, toldCount] = [own?.records ?? 0, told?.records ?? 0];
    // An hour without entries may have no hash on one side, since quarantined records count on neither.
    if (count === toldCount && (count === 0 || own?.hash === told?.hash)) return [];
    return { hour, here: countsOf(own), below: countsOf(told) };
  });
}

const countsOf = (hour: HourOfRecords | undefined): HourCounts =>
  hour === undefined ? NONE : { records: hour.records, quarantined: hour.quarantined };
