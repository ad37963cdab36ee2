import { hourByHour } from '@ticket-check/check-records';
import { type AccountTables, createSuccession, isAccountInForce } from '@ticket-check/exchange';
import type { BusinessDate } from '@ticket-check/protocol';
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
 * What terminals told of the scans of the business date that is now, hour by hour. Reads by the connection of reports.
 *
 * A store that several accounts told of counts once, by the largest of their counts, where one replaces the other, or where all but
 * one are out of force and were for the same cinemas: its terminal was given another account. For all else it is another store, or a
 * terminal could hide what those of another cinema refused by naming theirs.
 */
export function createScanSteps(
  store: FleetStore,
  now: Clock,
): () => Promise<{ readonly date: BusinessDate; readonly counts: readonly ScanCount[] }> {
  const verdicts =
    store.engine === 'sqlite'
      ? sql`json_each(placed.counts) as each`
      : sql`json_each_text(placed.counts::json) as each(key, value)`;
  return hourByHour(now, async () => {
    const replaced = store.rowsAsTable(await loadReplaced(store), { account: 'text', latest: 'text' });
    const inForce = (account: string) => isAccountInForce(account, now());
    return async ({ from, until }) => {
      const { rows } = await sql<Kept<ScanCount>>`
        select placed.step, placed.cinema_codes, each.key as verdict, sum(cast(each.value as bigint)) as scans
        from (
          select told.step, told.counts, account.cinema_codes, row_number() over (
            partition by told.step, told.store_id,
              case when told.store_id = '' then told.account else coalesce(replaced.latest, told.account) end
            order by told.total desc, told.account desc
          ) as place
          from terminal_scans told left join account on account.username = told.account
          left join ${replaced} as replaced on replaced.account = told.account
          where told.step >= ${from} and told.step < ${until} and (told.store_id = '' or ${inForce('account')} or not exists (
            select 1 from terminal_scans other join account heir on heir.username = other.account
            where other.step = told.step and other.store_id = told.store_id and other.total >= told.total
              and heir.cinema_codes = account.cinema_codes and ${inForce('heir')}
          ))
        ) as placed, ${verdicts}
        where placed.place = 1
        group by 1, 2, 3 order by 1, 2, 3
      `.execute(store.reports);
      return rows.map((row) => ({ ...row, cinemaCodes: cinemasOf(row.cinemaCodes) }));
    };
  });
}

/** Accounts that were replaced and whose terminals told something, with those that stand in their place. */
async function loadReplaced({ reports }: FleetStore): Promise<{ account: string; latest: string }[]> {
  const successorOf = await createSuccession({ db: reports.withTables<AccountTables>() }).loadSuccessors();
  const rows = await reports
    .selectFrom('account')
    .innerJoin('terminalState', 'terminalState.account', 'account.replaces')
    .select('terminalState.account')
    .distinct()
    .execute();
  return rows.map(({ account }) => ({ account, latest: successorOf(account) }));
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
    where role = 'platform' and ${isAccountInForce('account', now)}
    group by cinema_codes order by cinema_codes
  `.execute(store.reports);
  return rows.map((row) => ({ ...row, cinemaCodes: cinemasOf(row.cinemaCodes) }));
}
