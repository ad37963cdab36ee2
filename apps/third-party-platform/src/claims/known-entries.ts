import {
  type CheckRecordTables,
  firstEntries,
  haveSameTicket,
  TICKET_COLUMNS,
  type TicketKey,
  ticketKeyOf,
  ticketText,
} from '@ticket-check/check-records';
import type { TicketIdentity } from '@ticket-check/protocol';
import { lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { type ClaimTables, HELD_BY_NOBODY, type TicketClaimRow } from './claim-tables.ts';
import type { Holder, TicketState } from './transition.ts';

/** The entries of a ticket are its claim and its check records. */
export type KnownTables = CheckRecordTables & ClaimTables;

export type Database = { readonly db: Kysely<KnownTables>; readonly store: Store<KnownTables> };

/** In one order, so that two processes which write the same tickets do not wait for each other in a circle. */
export function inKeyOrder<T extends TicketKey>(tickets: readonly T[]): T[] {
  return tickets.toSorted((a, b) => (ticketText(a) < ticketText(b) ? -1 : ticketText(a) > ticketText(b) ? 1 : 0));
}

/** What is known of a ticket's entries: of its check records, the first. */
export type Known = Pick<TicketState, 'holder' | 'records'>;

/** Looks up what is known of a ticket as it is committed now. Those who ask in one moment share two queries. */
export function lookUpKnown(store: Store<KnownTables>): (ticket: TicketIdentity) => Promise<Known> {
  const claims = lookUp(store, claimsOn, ticketText);
  const entries = lookUp(store, firstEntries, ticketText);
  return async (ticket) => {
    const key = ticketKeyOf(ticket);
    const [[row], records] = await Promise.all([claims(key), entries(key)]);
    return { holder: row === undefined ? null : holderIn(row), records };
  };
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
