import type { Upstream } from '@ticket-check/exchange';
import { type BusinessDate, businessDay, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { discoverExtensions } from '../forwarder/send.ts';
import type { Deadline } from '../outbox/deadline.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { type Finding, type FindingKind, isDifference } from './judge-pair.ts';
import { listsRecords, reconcileByStatus, reconcileDay } from './reconcile-day.ts';

/** How long the platform above may take to say what it speaks. */
const DISCOVERY_MS = 10_000;

/** Whether the records themselves could be compared, or only how each was sent: a plain platform lists none. */
export type Compared = 'records' | 'status';

/** The result for one cinema: what was found, or why there was no comparison. */
export type CinemaOutcome = { readonly cinemaCode: CinemaCode } & (
  | { readonly compared: Compared; readonly findings: readonly Finding[] }
  | { readonly failure: string }
);

export type CinemaAsked = {
  readonly store: Store<CheckRecordTables>;
  readonly upstream: Upstream;
  readonly cinemaCode: CinemaCode;
  readonly date: BusinessDate;
  readonly deadline: Deadline;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
};

/** Compares a business date of one cinema with the platform above. */
export async function reconcileCinema(asked: CinemaAsked): Promise<CinemaOutcome> {
  const { store, upstream, cinemaCode, date, deadline, now, signal } = asked;
  const day = { store, cinemaCode, businessDate: date, deadline, at: wallClockAt(now()), signal };
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

/** How many findings there are of each kind. */
export const countsOf = (findings: readonly Finding[]): ReadonlyMap<FindingKind, number> =>
  new Map([...Map.groupBy(findings, ({ kind }) => kind)].map(([kind, { length }]) => [kind, length]));

/** How many cinemas could not be compared, and how many records differ. */
export function totalsOf(outcomes: readonly CinemaOutcome[]): { failed: number; differing: number } {
  const failed = outcomes.filter((outcome) => 'failure' in outcome).length;
  const findings = outcomes.flatMap((outcome) => ('findings' in outcome ? outcome.findings : []));
  return { failed, differing: findings.filter(isDifference).length };
}

/** The cinemas with records of the date, and those that are served. */
export async function cinemasToReconcile(
  { reports }: Pick<Store<CheckRecordTables>, 'reports'>,
  date: BusinessDate,
  served: readonly CinemaCode[] | 'all',
): Promise<CinemaCode[]> {
  const { from, until } = businessDay(date);
  const rows = await reports
    .selectFrom('checkRecord')
    .select('cinemaCode')
    .distinct()
    .where('checkTime', '>=', from)
    .where('checkTime', '<', until)
    .execute();
  return [
    ...new Set([...(served === 'all' ? [] : served), ...rows.map(({ cinemaCode }) => cinemaCode as CinemaCode)]),
  ].sort();
}
