import { summarizeDay } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import type {
  BusinessDate,
  ComparedDay,
  DifferenceKind,
  HourOfRecords,
  ToldDifference,
  WallClockHour,
} from '@ticket-check/protocol';
import { hourOf } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { PlatformDay, ToldStore } from './platform-days.ts';

/** How a record differs between here and the platform below. */
type RecordDifference =
  | 'missing-here'
  | 'refused-here'
  | 'missing-below'
  | 'quarantined-here'
  | 'quarantined-below'
  | 'undone-here'
  | 'undone-below'
  | 'differs';

/** What the platform below calls upstream is here; null: nothing that anybody has to look into here. */
const SEEN_FROM_HERE: Readonly<Record<DifferenceKind, RecordDifference | null>> = {
  'missing-upstream': 'missing-here',
  'refused-upstream': 'refused-here',
  'missing-here': 'missing-below',
  'quarantined-upstream': 'quarantined-here',
  'quarantined-here': 'quarantined-below',
  'undone-upstream': 'undone-here',
  'undone-here': 'undone-below',
  differs: 'differs',
  'undelivered-upstream': null,
  'on-its-way': null,
  completed: null,
};

/** What one hour holds; the hash stands for all of it. */
type HourCounts = Pick<HourOfRecords, 'records' | 'quarantined'>;

/** A difference: an hour that does not hold the same, or a record in such an hour that the platform has found to differ. */
export type ToldFinding =
  | {
      readonly kind: 'hour-differs';
      readonly hour: WallClockHour;
      readonly here: HourCounts;
      readonly below: HourCounts;
    }
  | { readonly kind: RecordDifference; readonly told: ToldDifference }
  /** The platform has found so many more than one telling holds. */
  | { readonly kind: 'more-differences'; readonly more: number };

/** What came of one cinema and platform: how many differences there are, or why there was no comparison. */
export type ToldOutcome =
  | { readonly differing: number }
  | { readonly failure: string; readonly reason: 'not-told' | 'counts-alone' };

const NONE: HourCounts = { records: 0, quarantined: 0 };

/**
 * Compares what is here of a cinema and business date from one platform with what the platform told: hour by hour, by number and hash
 * of the records that count. Of an hour that differs the records follow that the platform has found to differ, as it told them: what it
 * keeps silent about, the hour shows; how many more it has found comes last. Scheme 5.2.5, 5.2.9; reading X10.
 */
export async function* reconcileTold(
  store: ToldStore,
  date: BusinessDate,
  { cinemaCode, platform, told, checked, quarantined }: PlatformDay,
  now: Clock,
): AsyncGenerator<ToldFinding, ToldOutcome> {
  if (told === null) {
    const failure = `the platform ${platform} told nothing of this date: it speaks the scheme alone, or was not heard`;
    return { failure, reason: 'not-told' };
  }
  const row = await store.reports
    .selectFrom('toldDay')
    .select(['hours', 'overrides', 'undone', 'differences', 'moreDifferences'])
    .where('businessDate', '=', date)
    .where('cinemaCode', '=', cinemaCode)
    .where('username', '=', told.username)
    .executeTakeFirst();
  if (row === undefined || row.hours === null) {
    const counts = `${told.entries} entries at ${told.countedAt}, of which ${checked - quarantined} count here and ${quarantined} are kept aside`;
    const failure = `the platform ${platform} told the number alone: ${counts}. It compares once the date is over`;
    return { failure, reason: 'counts-alone' };
  }
  const here = await summarizeDay(store, {
    cinemaCode,
    businessDate: date,
    accounts: await createAccounts(store, now).usernamesOf(platform),
    overrides: row.overrides === 1,
    undone: row.undone === 1,
  });
  const compared: Pick<ComparedDay, 'hours' | 'differences'> = {
    hours: JSON.parse(row.hours),
    differences: JSON.parse(row.differences),
  };
  const byHour = Map.groupBy(compared.differences, ({ checkTime }) => hourOf(checkTime));
  let [differing, named] = [0, 0];
  for (const finding of differingHours(here, compared.hours)) {
    yield finding;
    const before = named;
    for (const each of byHour.get(finding.hour) ?? []) {
      const kind = SEEN_FROM_HERE[each.kind];
      if (kind === null) continue;
      named += 1;
      yield { kind, told: each };
    }
    differing += Math.max(named - before, 1);
  }
  // Where every hour is the same by now, what was told of them is over.
  if (differing > 0 && row.moreDifferences > 0) {
    yield { kind: 'more-differences', more: row.moreDifferences };
    differing = Math.max(differing, named + row.moreDifferences);
  }
  return { differing };
}

type DifferingHour = Extract<ToldFinding, { kind: 'hour-differs' }>;

function differingHours(here: readonly HourOfRecords[], below: readonly HourOfRecords[]): DifferingHour[] {
  const [ours, theirs] = [here, below].map((hours) => new Map(hours.map((hour) => [hour.hour, hour])));
  const all = [...new Set([...here, ...below].map(({ hour }) => hour))].sort();
  return all.flatMap((hour) => {
    const [own, told] = [ours?.get(hour), theirs?.get(hour)];
    const [count, toldCount] = [own?.records ?? 0, told?.records ?? 0];
    // Of hours without entries one side may have no hash: what is kept aside counts on neither.
    if (count === toldCount && (count === 0 || own?.hash === told?.hash)) return [];
    return { kind: 'hour-differs', hour, here: countsOf(own), below: countsOf(told) };
  });
}

const countsOf = (hour: HourOfRecords | undefined): HourCounts =>
  hour === undefined ? NONE : { records: hour.records, quarantined: hour.quarantined };
