import {
  haveSameTicket,
  insertFrom,
  TICKET_COLUMNS,
  TICKET_KEY,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import type { RecordId } from '@ticket-check/protocol';
import { queryOverRows } from '@ticket-check/storage';
import { sql } from 'kysely';
import { RELEASE_COLUMNS, type ReleasedClaimRow } from './claim-tables.ts';
import type { Database, KnownTables } from './known-entries.ts';
import { EVERY_ACCOUNT, type Release } from './transition.ts';

/** A ticket together with the check record that its entry is, or would be. */
type Claim = TicketKey & { readonly recordId: string };

/**
 * The releases of these claims, and whether there were uncertain ones of their tickets, by `ticketText`. One uncertain release counts as
 * much as all, which a ticket may have any number of: it has an empty RecordId, as no other has, and is of every account.
 */
export async function loadReleases(
  database: Database,
  claims: readonly Claim[],
): Promise<(ticketKey: string) => readonly Release[]> {
  if (claims.length === 0) return () => [];
  const rows = Map.groupBy(await releasesOf.ask(database, claims), ticketText);
  return (ticketKey) => (rows.get(ticketKey) ?? []).map(releaseIn);
}

const releasesOf = queryOverRows<KnownTables, Claim, ReleasedClaimRow>(
  { ...TICKET_COLUMNS, recordId: 'text' },
  ({ db }, given) => {
    // Not materialized, so that PostgreSQL knows the cinema where it joins.
    const asked = db.with(
      (cte) => cte('asked').notMaterialized(),
      (rows) => rows.selectFrom(given.as('given')).selectAll('given'),
    );
    const ofClaims = asked
      .selectFrom('asked')
      .innerJoin('releasedClaim', (join) =>
        join.on(haveSameTicket('releasedClaim', 'asked')).onRef('releasedClaim.recordId', '=', 'asked.recordId'),
      )
      .select(['releasedClaim.startTime', 'releasedClaim.cinemaCode', 'releasedClaim.filmTicketCode'])
      .select([
        'releasedClaim.recordId',
        'releasedClaim.account',
        'releasedClaim.uncertain',
        'releasedClaim.releasedAt',
      ]);
    return ofClaims.union((eb) =>
      eb
        .selectFrom('asked')
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('releasedClaim')
              .select('releasedClaim.recordId')
              .where(haveSameTicket('releasedClaim', 'asked'))
              .where('releasedClaim.uncertain', '=', sql.lit(1)),
          ),
        )
        .select(['asked.startTime', 'asked.cinemaCode', 'asked.filmTicketCode'])
        .select([
          sql.lit('').as('recordId'),
          sql.lit(EVERY_ACCOUNT).as('account'),
          sql.lit(1).as('uncertain'),
          sql.lit('').as('releasedAt'),
        ]),
    );
  },
);

const releaseIn = ({ recordId, account, uncertain, releasedAt }: ReleasedClaimRow): Release => ({
  recordId: recordId as RecordId,
  account,
  uncertain: uncertain === 1,
  releasedAt,
});

/** Remembers releases, so that a claim which is still on its way comes to nothing. */
export const insertReleases = queryOverRows<KnownTables, ReleasedClaimRow, unknown>(RELEASE_COLUMNS, ({ db }, given) =>
  insertFrom(db, 'releasedClaim', given, RELEASE_COLUMNS).onConflict((conflict) =>
    conflict
      .columns([...TICKET_KEY, 'recordId', 'account'])
      .doUpdateSet({ uncertain: sql<number>`excluded.uncertain` }),
  ),
);
