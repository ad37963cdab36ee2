import type { Operator } from '@ticket-check/operators';
import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { KnownTables } from '../claims/known-entries.ts';

/** A terminal whose claims arrive reports its admissions within seconds. */
const MISSING_SECONDS = 300;

/** Claims whose check record has not come in time: each keeps its guest out elsewhere. Reading C8. */
export type LateClaims = { readonly count: number; readonly oldest: string | null };

/** Counts the late claims of some cinemas, on the connection of reports. */
export async function countLateClaims(
  store: Store<KnownTables>,
  cinemaCodes: Operator['cinemaCodes'],
  at: WallClock,
): Promise<LateClaims> {
  const { count, oldest } = await store.reports
    .selectFrom('ticketClaim')
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min<string | null>('claimedAt').as('oldest')])
    .where('recorded', '=', sql.lit(0))
    .where('claimedAt', '<=', addSeconds(at, -MISSING_SECONDS))
    .$if(cinemaCodes !== 'all', (query) =>
      query.where('cinemaCode', 'in', cinemaCodes === 'all' ? [] : [...cinemaCodes]),
    )
    .executeTakeFirstOrThrow();
  return { count, oldest };
}
