import type { RefundRow, TicketRow } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { assertCinemasKnown } from '../cinemas/names.ts';
import { type ImportOrigin, type RowTarget, upsertDated, upsertRows } from '../imported-rows.ts';
import type { TicketTables } from './ticket-tables.ts';

const TICKETS: RowTarget<TicketRow> = {
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

/**
 * Writes sold tickets, and returns how many were new or changed. A screen or film may be unknown. Refunds and check records
 * are not touched.
 *
 * @throws ProtocolError CINEMA_UNKNOWN.
 */
export async function writeTickets(
  store: Store<TicketTables & CinemaTables>,
  trx: Kysely<TicketTables & CinemaTables>,
  rows: readonly TicketRow[],
  { datetime }: ImportOrigin,
): Promise<number> {
  await assertCinemasKnown(store, trx, rows);
  return upsertDated(store, trx, TICKETS, rows, datetime);
}

/**
 * Writes refunds, and returns how many were new or changed. A refund may arrive before its ticket.
 *
 * @throws ProtocolError CINEMA_UNKNOWN.
 */
export async function writeRefunds(
  store: Store<TicketTables & CinemaTables>,
  trx: Kysely<TicketTables & CinemaTables>,
  rows: readonly RefundRow[],
): Promise<number> {
  await assertCinemasKnown(store, trx, rows);
  return upsertRows(
    store,
    trx,
    REFUNDS,
    rows.toSorted((a, b) => (a.refundTime < b.refundTime ? -1 : 1)),
  );
}
