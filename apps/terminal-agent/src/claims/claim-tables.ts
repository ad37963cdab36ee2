import type { Migrations } from '@ticket-check/storage';

/** Times are wall clocks of Asia/Shanghai. */
export type ClaimTables = {
  /** Claims to release: the upstream may hold them for scans that ended without an admission. Reading C8. */
  claimRelease: {
    recordId: string;
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    queuedAt: string;
    /** 1: the scan may have ended in an admission whose record was lost with a damaged store. */
    uncertain: number;
  };
  /** Released claims, kept for the days for which the upstream may be restored from a backup. Reading X4. */
  answeredRelease: {
    recordId: string;
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    answeredAt: string;
    uncertain: number;
  };
};

/** The tables of claims to release. Readings C8, X4. */
export const claimMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('claim_release')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('queued_at', 'text', (column) => column.notNull())
      .addColumn('uncertain', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    // Same form as `claim_release`: rows of a damaged store are sent again from either table.
    await db.schema
      .createTable('answered_release')
      .addColumn('record_id', 'text', (column) => column.primaryKey())
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('answered_at', 'text', (column) => column.notNull())
      .addColumn('uncertain', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('answered_release_age').on('answered_release').column('answered_at').execute();
  },
};
