import type { Migrations } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';

/** `detail` of a scan that was taken over from a damaged store, with an entry whose gate is not known to have opened. */
export const SALVAGED = 'salvaged';

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
    /** How far the machine's clock was corrected for `scannedAt`, in milliseconds. Reading C7. */
    clockCorrectionMs: Generated<number>;
    /** 0: the upstream's clock and the machine's were too far apart to say which is right. Reading C7. */
    clockTrusted: Generated<number>;
    /** 0 on an admitted scan: whether the ticket had been refunded could not be found out. Reading C3. */
    refundStateKnown: number | null;
    /** 1 on an admitted scan: the upstream was silent, so that policy alone decided. */
    upstreamSilent: number | null;
    /** What the answer then told of the last contact; null for never, and where the upstream answered. */
    lastContactSeconds: number | null;
    /** Up to when all refunds were known to a scan that was decided while the upstream was silent; null where that cannot be said. */
    changesKnownAt: string | null;
    /** What the upstream said later against an admission: a verdict, when, and more. */
    lateVerdict: string | null;
    lateNoticedAt: string | null;
    /** When the other entry was made, where the late verdict is ALREADY_ENTERED and it is known. */
    lateFirstEntry: string | null;
    /** The verification time of the e-ticket that was shown, and its age at the scan; null for a bare code. Reading C5. */
    eTicketTime: string | null;
    eTicketAgeSeconds: number | null;
  };
  /** How many scans without a ticket were deleted because newer ones came, by verdict. */
  discardedScan: { verdict: string; count: number };
  /** One row for each ticket that went in; its primary key is what makes an entry single. */
  entry: { startTime: string; cinemaCode: string; filmTicketCode: string; recordId: string };
};

/** The tables of scans and entries. Readings C2, C8. */
export const scanMigrations: Migrations = {
  '0001': async (db) => {
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
      .addColumn('clock_correction_ms', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('clock_trusted', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('refund_state_known', 'integer')
      .addColumn('upstream_silent', 'integer')
      .addColumn('last_contact_seconds', 'integer')
      .addColumn('changes_known_at', 'text')
      .addColumn('late_verdict', 'text')
      .addColumn('late_noticed_at', 'text')
      .addColumn('late_first_entry', 'text')
      .addColumn('e_ticket_time', 'text')
      .addColumn('e_ticket_age_seconds', 'integer')
      .execute();
    await db.schema
      .createIndex('scan_open_intent')
      .on('scan')
      .columns(['start_time', 'cinema_code', 'film_ticket_code'])
      .where(sql.ref('verdict'), 'is', null)
      .execute();
    await db.schema
      .createIndex('scan_late_verdict')
      .on('scan')
      .columns(['late_noticed_at'])
      .where(sql.ref('late_verdict'), 'is not', null)
      .execute();
    await db.schema
      .createIndex('scan_salvaged')
      .on('scan')
      .columns(['scanned_at'])
      .where(sql.ref('detail'), '=', sql.lit(SALVAGED))
      .execute();
    await db.schema
      .createIndex('scan_without_ticket')
      .on('scan')
      .columns(['sequence'])
      .where(sql.ref('film_ticket_code'), 'is', null)
      .execute();
    // What became of a ticket is looked up while its guest waits.
    await db.schema
      .createIndex('scan_film_ticket_code')
      .on('scan')
      .columns(['film_ticket_code'])
      .where(sql.ref('film_ticket_code'), 'is not', null)
      .execute();
    await db.schema
      .createTable('discarded_scan')
      .addColumn('verdict', 'text', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
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
