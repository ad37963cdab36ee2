import {
  type CheckRecordTables,
  firstEntries,
  haveSameTicket,
  onePerTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketText,
} from '@ticket-check/check-records';
import { queryOverRows, type Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { type ClaimTables, HELD_BY_NOBODY, type TicketClaimRow } from './claim-tables.ts';
import type { Holder, TicketState } from './transition.ts';

/** The entries of a ticket are its claim and its check records. */
export type KnownTables = CheckRecordTables & ClaimTables;

/** Where the statements run, and the store that they belong to. */
export type Database = { readonly db: Kysely<KnownTables>; readonly store: Store<KnownTables> };

export const CLAIM_COLUMNS = { ...TICKET_COLUMNS, recordId: 'text' } as const;

/** A ticket together with the check record that its entry is, or would be. */
export type Claim = TicketKey & { readonly recordId: string };

/** In one order, so that two processes which write the same tickets do not wait for each other in a circle. */
export function inKeyOrder<T extends TicketKey>(tickets: readonly T[]): T[] {
  return tickets.toSorted((a, b) => (ticketText(a) < ticketText(b) ? -1 : ticketText(a) > ticketText(b) ? 1 : 0));
}

/** What is known of a ticket's entries: of its check records, the first. */
export type Known = Pick<TicketState, 'holder' | 'records'>;

/** What is known of each ticket as it is committed now, in two queries. */
export async function loadKnown(
  store: Store<KnownTables>,
  tickets: readonly TicketKey[],
): Promise<(ticket: TicketKey) => Known> {
  if (tickets.length === 0) return () => ({ holder: null, records: [] });
  const asked = onePerTicket(tickets);
  const [rows, entries] = await Promise.all([claimsOn.find(store, asked), firstEntries.find(store, asked)]);
  const holders = new Map(rows.map((row) => [ticketText(row), holderIn(row)]));
  const records = Map.groupBy(entries, ticketText);
  return (ticket) => ({
    holder: holders.get(ticketText(ticket)) ?? null,
    records: records.get(ticketText(ticket)) ?? [],
  });
}

/** The claims on tickets, which must be distinct. */
export const claimsOn = queryOverRows<KnownTables, TicketKey, TicketClaimRow>(TICKET_COLUMNS, ({ db }, given) =>
  db
    .selectFrom(given.as('given'))
    .innerJoin('ticketClaim', (join) => join.on(haveSameTicket('ticketClaim', 'given')))
    .selectAll('ticketClaim'),
);

/** Who holds a ticket by its row. Rows are written from claims and records only, so their texts are known to be in form. */
export function holderIn({ recordId, checkTime, gate, account, claimedAt, recorded }: TicketClaimRow): Holder | null {
  if (recorded === HELD_BY_NOBODY) return null;
  return { recordId, checkTime, gate, account, claimedAt, recorded: recorded === 1 } as Holder;
}
