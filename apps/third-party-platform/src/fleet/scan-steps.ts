import { hourByHour } from '@ticket-check/check-records';
import type { AccountTables } from '@ticket-check/exchange';
import { type BusinessDate, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { FleetTables } from './fleet-tables.ts';
import { type AccountCinemas, cinemasOf, dayBeganAt } from './load-fleet.ts';

/** Scans of ten minutes that came to one verdict, at terminals of the same cinemas. */
export type ScanCount = {
  /** When the ten minutes began. */
  readonly step: string;
  readonly cinemaCodes: AccountCinemas;
  readonly verdict: string;
  readonly scans: number;
};

/** Terminals of the same cinemas: accounts in force, and how many of them have told of their scans on this business date. */
export type TellingTerminals = {
  readonly cinemaCodes: AccountCinemas;
  readonly accounts: number;
  readonly telling: number;
};

type FleetStore = Store<AccountTables & FleetTables>;
type Kept<Row> = Omit<Row, 'cinemaCodes'> & { cinemaCodes: string | null };

/**
 * What terminals told of the scans of the business date that is now, hour by hour. A store that was told of by two accounts of which
 * one replaces the other counts once; a store that any other account names is another one, or a terminal could hide what
 * those of another cinema refused. Reads by the connection of reports.
 */
export function createScanSteps(
  store: FleetStore,
  now: Clock,
): () => Promise<{ readonly date: BusinessDate; readonly counts: readonly ScanCount[] }> {
  const verdicts =
    store.engine === 'sqlite'
      ? sql`json_each(placed.counts) as each`
      : sql`json_each_text(placed.counts::json) as each(key, value)`;
  return hourByHour(now, async () => async ({ from, until }) => {
    const { rows } = await sql<Kept<ScanCount>>`
      with recursive succession (username, latest) as (
        select username, username from account
        where not exists (select 1 from account as later where later.replaces = account.username)
        union all
        select account.replaces, succession.latest from succession
        join account on account.username = succession.username where account.replaces is not null
      )
      select placed.step, placed.cinema_codes, each.key as verdict, sum(cast(each.value as bigint)) as scans
      from (
        select told.step, told.counts, account.cinema_codes, row_number() over (
          partition by told.step, told.store_id,
            case when told.store_id = '' then told.account else coalesce(succession.latest, told.account) end
          order by told.total desc, told.account desc
        ) as place
        from terminal_scans told left join account on account.username = told.account
        left join succession on succession.username = told.account
        where told.step >= ${from} and told.step < ${until}
      ) as placed, ${verdicts}
      where placed.place = 1
      group by 1, 2, 3 order by 1, 2, 3
    `.execute(store.reports);
    return rows.map((row) => ({ ...row, cinemaCodes: cinemasOf(row.cinemaCodes) }));
  });
}

/** Counts the terminals, and how many of them tell of their scans; by the connection of reports. */
export async function countTelling(store: FleetStore, now: number): Promise<TellingTerminals[]> {
  const { rows } = await sql<Kept<TellingTerminals>>`
    select cinema_codes, count(*) as accounts, count(*) filter (
      where exists (
        select 1 from terminal_state as told
        where told.account = account.username and told.tells_scans = 1 and told.heard_at >= ${dayBeganAt(now)}
      )
    ) as telling
    from account
    where role = 'platform' and revoked_at is null and (expires_at is null or expires_at > ${wallClockAt(now)})
    group by cinema_codes order by cinema_codes
  `.execute(store.reports);
  return rows.map((row) => ({ ...row, cinemaCodes: cinemasOf(row.cinemaCodes) }));
}
