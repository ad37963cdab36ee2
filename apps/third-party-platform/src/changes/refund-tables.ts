import { noteRefundsOf } from '@ticket-check/changes';
import type { Migrations } from '@ticket-check/storage';

export type RefundTables = {
  /** A ticket that the national platform reported as refunded. A refund is never withdrawn. */
  ticketRefund: {
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    /** The RefundTime from the national platform; null if it gave none, as in its changes. */
    refundedAt: string | null;
    /** When this platform learned of it. */
    knownAt: string;
  };
};

export const refundMigrations: Migrations = {
  '0001': async (db, engine) => {
    await db.schema
      .createTable('ticket_refund')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('refunded_at', 'text')
      .addColumn('known_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('ticket_refund_pk', ['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
    await noteRefundsOf(db, engine, 'ticket_refund');
  },
};
