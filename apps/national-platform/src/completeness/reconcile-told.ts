import { summarizeDay } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import type {
  BusinessDate,
  DifferenceKind,
  HourOfRecords,
  ToldDifference,
  WallClockHour,
} from '@ticket-check/protocol';
import { type Clock, ExpectedError } from '@ticket-check/runtime';
import type { PlatformDay, ToldStore } from './platform-days.ts';
import { type Comparison, countDifferences, type PlaceInTime, readDifferences } from './told-differences.ts';

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

type DifferingHour = {
  readonly kind: 'hour-differs';
  readonly hour: WallClockHour;
  readonly here: HourCounts;
  readonly below: HourCounts;
};

/** A difference: an hour that does not hold the same, or a record in such an hour that the platform has found to differ. */
export type ToldFinding = DifferingHour | { readonly kind: RecordDifference; readonly told: ToldDifference };

/** Where a finding stands among those of a cinema and platform: the place of an hour is before its records. */
export type FindingPlace = PlaceInTime & { readonly hour: string };

/** It is not known whether anything differs. */
export type NotCompared = { readonly failure: string; readonly reason: 'not-told' | 'counts-alone' };

/** What differs between here and a platform, of a cinema and business date. */
export type ComparedTold = {
  readonly comparison: Comparison;
  readonly hours: readonly DifferingHour[];
  /** How many records the platform has named in these hours, of each kind. */
  readonly kinds: ReadonlyMap<RecordDifference, number>;
  /** At least so many records differ: an hour of which none is named counts as one. */
  readonly differing: number;
};

/** The platform has compared again while what it had told before was read: some of that is gone. */
export class ComparedAnew extends ExpectedError {
  constructor(date: BusinessDate) {
    super(`The business date ${date} was compared anew: begin again.`);
  }
}

const NONE: HourCounts = { records: 0, quarantined: 0 };

/**
 * Compares what is here of a cinema and business date from one platform with what the platform told: hour by hour, by number and hash
 * of the records that count. Scheme 5.2.5, 5.2.9; reading X10.
 * @throws ComparedAnew where the platform has meanwhile compared again
 */
export async function compareTold(
  store: ToldStore,
  date: BusinessDate,
  { cinemaCode, platform, told, checked, quarantined }: PlatformDay,
  now: Clock,
  signal?: AbortSignal,
): Promise<ComparedTold | NotCompared> {
  if (told === null) {
    const failure = `the platform ${platform} told nothing of this date: it speaks the scheme alone, or was not heard`;
    return { failure, reason: 'not-told' };
  }
  const { username } = told;
  const row = await store.reports
    .selectFrom('toldDay')
    .select(['comparedAt', 'hours', 'overrides', 'undone'])
    .where((eb) => eb.and({ username, businessDate: date, cinemaCode }))
    .executeTakeFirst();
  if (row === undefined || row.comparedAt === null || row.hours === null) {
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
    signal,
  });
  const comparison: Comparison = { username, businessDate: date, cinemaCode, countedAt: row.comparedAt };
  const hours = differingHours(here, JSON.parse(row.hours));
  const kinds = new Map<RecordDifference, number>();
  const named = new Map<WallClockHour, number>(hours.map(({ hour }) => [hour, 0]));
  const counts = hours.length === 0 ? [] : await countDifferences(store.reports, comparison);
  for (const { hour, kind, count } of counts) {
    const seen = SEEN_FROM_HERE[kind];
    const before = named.get(hour);
    if (seen === null || before === undefined) continue;
    named.set(hour, before + count);
    kinds.set(seen, (kinds.get(seen) ?? 0) + count);
  }
  const differing = [...named.values()].reduce((sum, count) => sum + Math.max(count, 1), 0);
  if (hours.length > 0) await assertStands(store, comparison);
  return { comparison, hours, kinds, differing };
}

/**
 * The hours that differ, each followed by the records in it that the platform has found to differ, as it told them: what it keeps silent
 * about, the hour shows. Holds one page of them at a time.
 * @param after the finding with which an earlier part ended
 * @throws ComparedAnew at the end, where not all of them could be read; whoever stops before asks `assertStands`
 */
export async function* toldFindings(
  store: ToldStore,
  { comparison, hours }: ComparedTold,
  after?: FindingPlace,
): AsyncGenerator<{ readonly finding: ToldFinding; readonly place: FindingPlace }> {
  for (const each of hours) {
    const { hour } = each;
    if (after !== undefined && hour < after.hour) continue;
    const begun = after?.hour === hour ? after : undefined;
    if (begun === undefined) yield { finding: each, place: { hour, checkTime: '', place: 0 } };
    for await (const { place, ...told } of readDifferences(store, comparison, hour, begun)) {
      const kind = SEEN_FROM_HERE[told.kind];
      if (kind !== null) yield { finding: { kind, told }, place: { hour, checkTime: told.checkTime, place } };
    }
  }
  await assertStands(store, comparison);
}

/**
 * What was read of a comparison is whole where it still stands: it is deleted only once another one has taken its place.
 * @throws ComparedAnew
 */
export async function assertStands(store: ToldStore, { countedAt, ...day }: Comparison): Promise<void> {
  const row = await store.reports
    .selectFrom('toldDay')
    .select('comparedAt')
    .where((eb) => eb.and(day))
    .executeTakeFirst();
  if (row?.comparedAt !== countedAt) throw new ComparedAnew(day.businessDate as BusinessDate);
}

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
