import type { Upstream } from '@ticket-check/exchange';
import { type BusinessDate, businessDay, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { discoverExtensions } from '../forwarder/send.ts';
import type { Deadline } from '../outbox/deadline.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import type { Finding, FindingKind } from './judge-pair.ts';
import { listsRecords, reconcileByStatus, reconcileDay } from './reconcile-day.ts';

/** How long the platform above may take to say what it speaks. */
const DISCOVERY_MS = 10_000;

/** Whether the records themselves could be compared, or only how each was sent: a plain platform lists none. */
export type Compared = 'records' | 'status';

/** The result for one cinema: how many findings of each kind, or why there was no comparison. */
export type CinemaOutcome =
  | { readonly compared: Compared; readonly counts: ReadonlyMap<FindingKind, number> }
  | { readonly failure: string };

/** Compares a business date of one cinema with the platform above: yields each finding, returns the result. */
export async function* reconcileCinema(options: {
  store: Store<CheckRecordTables>;
  upstream: Upstream;
  cinemaCode: CinemaCode;
  date: BusinessDate;
  deadline: Deadline;
  now: () => number;
}): AsyncGenerator<{ readonly finding: Finding; readonly compared: Compared }, CinemaOutcome> {
  const { store, upstream, cinemaCode, date, deadline, now } = options;
  const counts = new Map<FindingKind, number>();
  const day = { store, cinemaCode, businessDate: date, deadline, at: wallClockAt(now()) };
  try {
    const fault = await discoverExtensions(upstream, cinemaCode, DISCOVERY_MS);
    if (fault !== null)
      throw new ExpectedError(`The platform above does not answer: ${fault.message} (${fault.code}).`);
    const compared = listsRecords(upstream) ? 'records' : 'status';
    const findings = compared === 'records' ? reconcileDay(upstream, day) : reconcileByStatus(day);
    for await (const finding of findings) {
      counts.set(finding.kind, (counts.get(finding.kind) ?? 0) + 1);
      yield { finding, compared };
    }
    return { compared, counts };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { failure: error.message };
  }
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
