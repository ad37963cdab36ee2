import type { Upstream } from '@ticket-check/exchange';
import {
  type BusinessDate,
  businessDay,
  CHECK_RECORDS_EXTENSION,
  type CinemaCode,
  type HourOfRecords,
  RECORD_ID_EXTENSION,
  timesOfHour,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type ComparedRecord, readCompared, withUndoings } from './compared-records.ts';
import { type Finding, type JudgedAt, judgePair } from './judge-pair.ts';
import { pairUp } from './pair-up.ts';
import { summarizeDay, withoutOverride } from './summarize-day.ts';
import { createUnsettled, isOneSided } from './unsettled.ts';
import { spokenWith, upstreamRecords } from './upstream-records.ts';

export type ReconciledDay = JudgedAt & {
  readonly store: Store<CheckRecordTables>;
  readonly cinemaCode: CinemaCode;
  readonly businessDate: BusinessDate;
  /** Aborted when nobody waits for it: it ends with the current page. */
  readonly signal?: AbortSignal | undefined;
};

/** Whether a platform lists its records, so that each can be compared; otherwise only how each was sent is known. */
export function listsRecords(upstream: Upstream): boolean {
  return upstream.extensions().has(CHECK_RECORDS_EXTENSION) && upstream.extensions().has(RECORD_ID_EXTENSION);
}

/** The most records held that were met on one side only, until the other side is known to lack them. */
const MAX_UNSETTLED = 10_000;

/**
 * Compares the check records of a cinema and business date with those of the platform above, record by record where an hour differs;
 * equal days cost one call. Tells each record that differs, is on its way or was completed by a later hop, once. Bounded memory, however
 * many records there are. Scheme 5.2.5, 5.2.9; reading X7.
 *
 * @throws ExpectedError if the platform above does not answer, refuses, or answers what cannot be; the signal's reason once it has
 * aborted.
 */
export async function* reconcileDay(
  upstream: Upstream,
  { store, cinemaCode, businessDate, signal, ...judgedAt }: ReconciledDay,
): AsyncGenerator<Finding> {
  const theirs = upstreamRecords(upstream, { cinemaCode, businessDate, signal });
  const spoken = spokenWith(upstream);
  const { overrides, undone } = spoken;
  const ours = await summarizeDay(store, { cinemaCode, businessDate, signal, ...spoken });
  const hours = differingHours(ours, await theirs.hours());
  const unsettled = createUnsettled({ store, theirs, hours });
  for (const hour of hours) {
    const here = readCompared(store, { cinemaCode, ...timesOfHour(hour.hour), undone });
    for await (const pair of pairUp(overrides ? here : withoutOverrides(here), theirs.records(hour))) {
      signal?.throwIfAborted();
      const finding = judgePair(pair, judgedAt);
      if (finding === null || (finding.kind === 'undone-upstream' && (await isUndoneNow(store, pair.here)))) continue;
      if (isOneSided(pair)) {
        unsettled.add(pair, finding);
        if (unsettled.size() >= MAX_UNSETTLED) yield* unsettled.lookAgain();
      } else yield finding;
    }
  }
  yield* unsettled.lookAgain();
}

async function* withoutOverrides(records: AsyncIterable<ComparedRecord>): AsyncGenerator<ComparedRecord> {
  for await (const stated of records) yield { ...stated, record: withoutOverride(stated.record) };
}

/** What was undone, and sent, after this list was read and before the other was. */
async function isUndoneNow(store: Store<CheckRecordTables>, here: ComparedRecord | null): Promise<boolean> {
  if (here === null) return false;
  const [now] = await withUndoings(store, [here]);
  return now?.undone != null;
}

/** The same as far as it is known by how each record was sent, for a platform that lists none. */
export async function* reconcileByStatus({
  store,
  cinemaCode,
  businessDate,
  ...judgedAt
}: ReconciledDay): AsyncGenerator<Finding> {
  for await (const here of readCompared(store, { cinemaCode, ...businessDay(businessDate), undone: false })) {
    const finding = here.state === 'DELIVERED' ? null : judgePair({ here, there: null }, judgedAt);
    if (finding !== null) yield finding;
  }
}

/** The hours that differ, as reported by the platform above; an hour it did not report counts as empty. */
function differingHours(ours: readonly HourOfRecords[], theirs: readonly HourOfRecords[]): HourOfRecords[] {
  const here = new Map(ours.map((hour) => [hour.hour, hour]));
  const there = new Map(theirs.map((hour) => [hour.hour, hour]));
  const all = [...new Set([...here.keys(), ...there.keys()])].sort();
  return all.flatMap((hour) => {
    const [own, other] = [here.get(hour), there.get(hour)];
    if (other === undefined)
      return own === undefined || own.records === 0 ? [] : { ...own, records: 0, quarantined: 0 };
    const isEqual = own?.records === other.records && own.hash === other.hash;
    return isEqual && other.quarantined === 0 && other.undelivered === 0 ? [] : other;
  });
}
