import { type ChangeTables, noteChange, type TicketKey, ticketKeyOf } from '@ticket-check/check-records';
import type { TicketIdentity, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { lockTicketsOnly } from '../claims/apply-events.ts';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketRow, ETicketTables, TicketPickUpRow } from './e-ticket-tables.ts';

export type PickUpTables = ETicketTables & ChangeTables & ClaimTables;

export type PickUp = Pick<TicketPickUpRow, 'pickedUpAt' | 'account'>;

export const isOf = ({ startTime, cinemaCode, filmTicketCode }: TicketKey) =>
  sql<boolean>`(start_time, cinema_code, film_ticket_code) = (${startTime}, ${cinemaCode}, ${filmTicketCode})`;

/** The e-ticket of a ticket, if it has one. While its ticket is locked nobody else says whether it is live. */
export const loadETicket = (db: Kysely<PickUpTables>, ticket: TicketKey): Promise<ETicketRow | undefined> =>
  db.selectFrom('eTicket').selectAll().where(isOf(ticket)).executeTakeFirst();

/** Tells terminals, with the transaction, that the bare code of a ticket is refused or counts again. */
export const noteETicket = (db: Kysely<PickUpTables>, ticket: TicketKey, kind: 'eticket-live' | 'eticket-ended') =>
  noteChange(db.withTables<ChangeTables>(), { ...(ticketKeyOf(ticket) as TicketIdentity), kind });

export async function findPickUp(db: Kysely<PickUpTables>, ticket: TicketKey): Promise<PickUp | null> {
  const found = db.selectFrom('ticketPickUp').select(['pickedUpAt', 'account']).where(isOf(ticket));
  return (await found.executeTakeFirst()) ?? null;
}

/** Notes that a ticket was taken on paper, and answers when that was, which the first call says. */
export function recordPickUp(store: Store<PickUpTables>, ticket: TicketKey, pickUp: PickUp): Promise<WallClock> {
  return store.transaction(async (db) => {
    await lockTicketsOnly({ db, store }, [ticket]);
    const eTicket = await loadETicket(db, ticket);
    const before = await findPickUp(db, ticket);
    if (before !== null) return before.pickedUpAt as WallClock;
    await db
      .insertInto('ticketPickUp')
      .values({ ...ticketKeyOf(ticket), ...pickUp })
      .execute();
    if (eTicket?.revokedAt === null) await noteETicket(db, ticket, 'eticket-ended');
    return pickUp.pickedUpAt as WallClock;
  });
}

/**
 * Undoes a pick-up: the e-ticket of the ticket is live again, and its bare code is refused. Answers the pick-up; null if there
 * is none. Run as an operation. Reading C5.
 */
export function undoPickUp(store: Store<PickUpTables>, ticket: TicketKey): Promise<PickUp | null> {
  return store.transaction(async (db) => {
    await lockTicketsOnly({ db, store }, [ticket]);
    const eTicket = await loadETicket(db, ticket);
    const pickUp = await findPickUp(db, ticket);
    if (pickUp === null) return null;
    await db.deleteFrom('ticketPickUp').where(isOf(ticket)).execute();
    if (eTicket?.revokedAt === null) await noteETicket(db, ticket, 'eticket-live');
    return pickUp;
  });
}

export const pickUpJson = ({ pickedUpAt, account }: PickUp) => ({ PickedUpAt: pickedUpAt, Username: account });
