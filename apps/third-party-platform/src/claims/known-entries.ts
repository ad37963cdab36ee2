import {
  type CheckRecordTables,
  type EntryRecord,
  loadEntryRecords,
  TICKET_COLUMNS,
} from '@ticket-check/check-records';
import type { ClaimEntry } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { Known } from './claim-rule.ts';
import type { ClaimTables } from './claim-tables.ts';
import { type Claim, claimKeyOf, keyOf, onePerTicket, type Ticket } from './ticket-key.ts';

/** The entries of a ticket are its claim and its check records. */
export type KnownTables = CheckRecordTables & ClaimTables;

/** Where the statements run, and the store that they belong to. */
export type Database = { readonly db: Kysely<KnownTables>; readonly store: Store<KnownTables> };

export const CLAIM_COLUMNS = { ...TICKET_COLUMNS, recordId: 'text' } as const;

/** What is known of each ticket, in two queries. */
export async function loadKnown(database: Database, tickets: readonly Ticket[]): Promise<(ticket: Ticket) => Known> {
  if (tickets.length === 0) return () => ({ holder: null, records: [] });
  const holders = await loadHolders(database, tickets);
  const records = Map.groupBy(await loadRecords(database, tickets), keyOf);
  return (ticket) => ({ holder: holders.get(keyOf(ticket)) ?? null, records: records.get(keyOf(ticket)) ?? [] });
}

/** Who holds each ticket, by `keyOf`. */
async function loadHolders({ db, store }: Database, tickets: readonly Ticket[]): Promise<Map<string, ClaimEntry>> {
  const rows = await db
    .selectFrom(store.rowsFrom(onePerTicket(tickets), TICKET_COLUMNS).as('given'))
    .innerJoin('ticketClaim', (join) =>
      join
        .onRef('ticketClaim.startTime', '=', 'given.startTime')
        .onRef('ticketClaim.cinemaCode', '=', 'given.cinemaCode')
        .onRef('ticketClaim.filmTicketCode', '=', 'given.filmTicketCode'),
    )
    .select(['ticketClaim.startTime', 'ticketClaim.cinemaCode', 'ticketClaim.filmTicketCode'])
    .select(['ticketClaim.recordId', 'ticketClaim.checkTime', 'ticketClaim.gate'])
    .execute();
  // Rows are written from claims and records only, so their texts are known to be in form.
  return new Map(
    rows.map(({ recordId, checkTime, gate, ...ticket }) => [
      keyOf(ticket),
      { recordId, checkTime, gate } as ClaimEntry,
    ]),
  );
}

/** The check records of these tickets that count as entries. */
export const loadRecords = (database: Database, tickets: readonly Ticket[]): Promise<EntryRecord[]> =>
  loadEntryRecords(database, onePerTicket(tickets));

/** Which of these claims were released, by `claimKeyOf`. */
export async function loadReleased({ db, store }: Database, claims: readonly Claim[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom(store.rowsFrom(claims, CLAIM_COLUMNS).as('given'))
    .innerJoin('releasedClaim', (join) =>
      join
        .onRef('releasedClaim.startTime', '=', 'given.startTime')
        .onRef('releasedClaim.cinemaCode', '=', 'given.cinemaCode')
        .onRef('releasedClaim.filmTicketCode', '=', 'given.filmTicketCode')
        .onRef('releasedClaim.recordId', '=', 'given.recordId'),
    )
    .select(['releasedClaim.startTime', 'releasedClaim.cinemaCode', 'releasedClaim.filmTicketCode'])
    .select('releasedClaim.recordId')
    .execute();
  return new Set(rows.map(claimKeyOf));
}
