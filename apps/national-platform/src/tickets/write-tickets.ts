import { type ChangeTables, notingRefundsIn } from '@ticket-check/check-records';
import type { RefundRow, TicketRow } from '@ticket-check/protocol';
import { createTables, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { CinemaTables } from '../cinemas/names.ts';
import { type DatedTarget, type RowTarget, upsertRows } from '../imported-rows.ts';

/** Of sold tickets. A screen or film may be unknown; refunds and check records are not touched. */
export const TICKETS: DatedTarget<TicketRow> = {
  table: 'ticket',
  key: ['startTime', 'cinemaCode', 'filmTicketCode'],
  columns: {
    startTime: 'text',
    cinemaCode: 'text',
    filmTicketCode: 'text',
    screenCode: 'text',
    filmCode: 'text',
    sessionCode: 'text',
    ticketType: 'text',
    sellTime: 'text',
    rowNum: 'integer',
    columnNum: 'integer',
    price: 'integer',
    service: 'integer',
    cinemaName: 'text',
    screenName: 'text',
    filmName: 'text',
  },
};

const REFUNDS: RowTarget<RefundRow> = {
  table: 'refund',
  key: ['startTime', 'cinemaCode', 'filmTicketCode'],
  columns: { startTime: 'text', cinemaCode: 'text', filmTicketCode: 'text', refundTime: 'text' },
  // The latest time counts, in whatever order imports arrive (reading E7).
  replaces: sql`${sql.ref('excluded.refundTime')} > ${sql.ref('refund.refundTime')}`,
};

const noteRefunds = notingRefundsIn('refund');

/** Writes refunds, and returns how many were new or changed. A refund may arrive before its ticket. */
export async function writeRefunds(
  store: Store<TicketTables & CinemaTables>,
  trx: Kysely<TicketTables & CinemaTables>,
  rows: readonly RefundRow[],
): Promise<number> {
  // Each refund is a change in ListChanges. Reading X9.
  await noteRefunds({ db: trx.withTables<ChangeTables>(), store: store as Store<ChangeTables> }, rows);
  return upsertRows(
    store,
    trx,
    REFUNDS,
    rows.toSorted((a, b) => (a.refundTime < b.refundTime ? -1 : 1)),
  );
}

/**
 * Tickets as they are imported, with the Datetime that they were imported by: prices in fen, names that came with the ticket or '',
 * used for names that were not imported. Refunds are separate, so that one may arrive first and is never undone by importing the
 * ticket again (reading E7).
 */
export type TicketTables = { ticket: TicketRow & { writtenAt: string }; refund: RefundRow };

/** Both keys begin with the session's start: tickets of one evening lie together, which random codes would not. */
export const ticketMigrations = createTables<TicketTables>(
  sql`create table ticket (
    start_time text not null, cinema_code text not null, film_ticket_code text not null,
    screen_code text not null, film_code text not null, session_code text not null, ticket_type text not null,
    sell_time text, row_num bigint not null, column_num bigint not null, price bigint not null,
    service bigint not null, cinema_name text not null, screen_name text not null, film_name text not null,
    written_at text default '' not null, primary key (start_time, cinema_code, film_ticket_code)
  )`,
  sql`create table refund (
    start_time text not null, cinema_code text not null, film_ticket_code text not null,
    refund_time text not null, primary key (start_time, cinema_code, film_ticket_code)
  )`,
);
