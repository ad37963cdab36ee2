import type { Upstream } from '@ticket-check/exchange';
import {
  type BusinessDate,
  businessDay,
  type CinemaCode,
  type ListedCheckRecord,
  timesOfHour,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { sql } from 'kysely';
import { discoverExtensions } from '../forwarder/send.ts';
import { isIn } from '../reports/by-hour.ts';
import { keyOf, keyText } from '../tables/keys.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { OwnStore } from '../tables/tables.ts';
import {
  type Finding,
  type FindingKind,
  isDifference,
  isEqualHour,
  type JudgedAt,
  judgePair,
  type Pair,
  pairHours,
  pairUp,
} from './pairs.ts';
import { type ComparedRecord, readCompared, summarizeDay } from './summarize-day.ts';
import { spokenWith, upstreamRecords } from './upstream-records.ts';

export type ReconciledDay = JudgedAt & {
  readonly store: OwnStore;
  readonly cinemaCode: CinemaCode;
  readonly businessDate: BusinessDate;
  readonly signal?: AbortSignal | undefined;
};

/** Whether a platform lists its records, so that each can be compared; otherwise only how each was sent is known. */
export function listsRecords(upstream: Upstream): boolean {
  return upstream.extensions().has('check-records') && upstream.extensions().has('record-id');
}

/**
 * Compares the check records of a cinema and business date with those of the platform above, record by record where an hour differs;
 * equal days cost one call. A record whose CheckTime was moved to another hour is missing on both sides. Holds one hour at a time.
 * Scheme 5.2.5, 5.2.9; reading X7.
 * @throws ExpectedError if the platform above does not answer, refuses, or answers what cannot be; the signal's reason once aborted.
 */
export async function reconcileDay(
  upstream: Upstream,
  { store, cinemaCode, businessDate, signal, ...judgedAt }: ReconciledDay,
): Promise<Finding[]> {
  const theirs = upstreamRecords(upstream, { cinemaCode, businessDate, signal });
  const spoken = spokenWith(upstream);
  const ours = await summarizeDay(store, { cinemaCode, businessDate, signal, ...spoken });
  const findings: Finding[] = [];
  for (const pair of pairHours(ours, await theirs.hours())) {
    const { hour, there } = pair;
    if (isEqualHour(pair) && there.quarantined === 0 && there.undelivered === 0) continue;
    const here: ComparedRecord[] = [];
    for await (const own of readCompared(store, { cinemaCode, ...timesOfHour(hour), ...spoken })) here.push(own);
    signal?.throwIfAborted();
    // Here first: what the platform above confirmed before, it lists.
    const listed: ListedCheckRecord[] = [];
    if (there.records + there.quarantined > 0)
      for await (const other of theirs.records({ hour, ...there })) listed.push(other);
    const pairs = await withoutArrived(store, pairUp(here, listed));
    findings.push(...pairs.flatMap((each) => judgePair(each, judgedAt) ?? []));
  }
  return findings;
}

/** Leaves out what arrived here after these records and before those of the platform above were read. */
async function withoutArrived(store: OwnStore, pairs: readonly Pair[]): Promise<Pair[]> {
  const keys = pairs.flatMap(({ here, there }) => (here === null ? keyOf(there.record) : []));
  const arrived = await loadStored({ db: store.reports, store }, keys);
  return pairs.filter(({ here, there }) => here !== null || !arrived.has(keyText(keyOf(there.record))));
}

export async function reconcileByStatus(day: ReconciledDay): Promise<Finding[]> {
  const { store, cinemaCode, businessDate, ...judgedAt } = day;
  const findings: (Finding | null)[] = [];
  const spoken = { overrides: true, undone: false };
  for await (const here of readCompared(store, { cinemaCode, ...businessDay(businessDate), ...spoken }))
    if (here.state !== 'DELIVERED') findings.push(judgePair({ here, there: null }, judgedAt));
  return findings.filter((finding) => finding !== null);
}

const DISCOVERY_MS = 10_000;

/** Whether the records themselves could be compared, or only how each was sent: a plain platform lists none. */
export type Compared = 'records' | 'status';

export type CinemaOutcome = { readonly cinemaCode: CinemaCode } & (
  | { readonly compared: Compared; readonly findings: readonly Finding[] }
  | { readonly failure: string }
);

/** Compares a cinema as far as the platform above speaks; what hinders it is part of the outcome. */
export async function reconcileCinema(upstream: Upstream, day: ReconciledDay): Promise<CinemaOutcome> {
  const { cinemaCode } = day;
  try {
    const fault = await discoverExtensions(upstream, cinemaCode, DISCOVERY_MS);
    if (fault !== null)
      throw new ExpectedError(`The platform above does not answer: ${fault.message} (${fault.code}).`);
    if (listsRecords(upstream)) return { cinemaCode, compared: 'records', findings: await reconcileDay(upstream, day) };
    return { cinemaCode, compared: 'status', findings: await reconcileByStatus(day) };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { cinemaCode, failure: error.message };
  }
}

export const countsOf = (findings: readonly Finding[]): ReadonlyMap<FindingKind, number> =>
  new Map([...Map.groupBy(findings, ({ kind }) => kind)].map(([kind, { length }]) => [kind, length]));

/** The cinemas that could not be compared, on whatever dates, and the records that differ. */
export function totalsOf(outcomes: readonly CinemaOutcome[]): { failed: number; differing: number } {
  const failed = new Set(outcomes.flatMap((each) => ('failure' in each ? each.cinemaCode : []))).size;
  const findings = outcomes.flatMap((outcome) => ('findings' in outcome ? outcome.findings : []));
  return { failed, differing: findings.filter(isDifference).length };
}

export async function cinemasToReconcile(
  { reports }: Pick<OwnStore, 'reports'>,
  date: BusinessDate,
  served: readonly CinemaCode[] | 'all',
): Promise<CinemaCode[]> {
  const { rows } = await sql<{ cinemaCode: CinemaCode }>`
    select distinct c.cinema_code from check_record c where ${isIn(businessDay(date))}
  `.execute(reports);
  return [...new Set([...(served === 'all' ? [] : served), ...rows.map(({ cinemaCode }) => cinemaCode)])].sort();
}
