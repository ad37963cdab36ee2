import type { Migrations } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';

/** Rows of the two tables that scans live in. Times are wall clocks of Asia/Shanghai. */
export type ScanTables = {
  /** Every scan, admitted or not, in the order of `sequence`. */
  scan: {
    sequence: Generated<number>;
    recordId: string;
    textHash: string;
    gate: string;
    cinemaCode: string | null;
    filmTicketCode: string | null;
    startTime: string | null;
    scannedAt: string;
    /** null: an intent that has not been decided. */
    verdict: string | null;
    detail: string | null;
    confirmed: number | null;
    decidedAt: string | null;
    /** null on an admitted scan: the gate is not known to have opened for it. */
    openedAt: string | null;
  };
  /** One row for each ticket that went in; its primary key is what makes an entry single. */
  entry: { startTime: string; cinemaCode: string; filmTicketCode: string; recordId: string };
};

/** The tables of scans and entries. Readings C2, C8. */
export const scanMigrations: Migrations = {
  '2026-11-24-scans': async (db) => {
    await db.schema
      .createTable('scan')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('record_id', 'text', (column) => column.notNull().unique())
      .addColumn('text_hash', 'text', (column) => column.notNull())
      .addColumn('gate', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text')
      .addColumn('film_ticket_code', 'text')
      .addColumn('start_time', 'text')
      .addColumn('scanned_at', 'text', (column) => column.notNull())
      .addColumn('verdict', 'text')
      .addColumn('detail', 'text')
      .addColumn('confirmed', 'integer')
      .addColumn('decided_at', 'text')
      .addColumn('opened_at', 'text')
      .execute();
    await db.schema
      .createIndex('scan_open_intent')
      .on('scan')
      .columns(['start_time', 'cinema_code', 'film_ticket_code'])
      .where(sql.ref('verdict'), 'is', null)
      .execute();
    // A ticket is one guest: the second insert fails however many scans race. The key begins with StartTime because
    // a session's tickets arrive together.
    await db.schema
      .createTable('entry')
      .addColumn('start_time', 'text', (column) => column.notNull())
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('film_ticket_code', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('entry_pk', ['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
  },
};
