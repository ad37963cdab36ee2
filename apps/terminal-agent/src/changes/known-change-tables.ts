import type { Migrations } from '@ticket-check/storage';

export type KnownChangeTables = {
  /** Announced changes of tickets that may still be admitted here, for when the upstream cannot be asked. */
  knownChange: {
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    kind: 'refunded' | 'eticket-live';
  };
};

/** The tables of announced changes of tickets. */
export const knownChangeMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('known_change')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('known_change_pk', ['start_time', 'cinema_code', 'film_ticket_code', 'kind'])
      .execute();
  },
};
