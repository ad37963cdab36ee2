import { type Migrations, optional, required } from '@ticket-check/storage';
import { type Generated, sql } from 'kysely';

/** `detail` of a scan salvaged from a damaged store, whose gate is not known to have opened. */
export const SALVAGED = 'salvaged';

/** The tables of scans and entries. Times are wall clocks of Asia/Shanghai. */
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
    /** null: an undecided intent. */
    verdict: string | null;
    detail: string | null;
    confirmed: number | null;
    decidedAt: string | null;
    /** null on an admitted scan: the gate is not known to have opened for it. */
    openedAt: string | null;
    /** Correction of the machine's clock for `scannedAt`, in milliseconds. Reading C7. */
    clockCorrectionMs: Generated<number>;
    /** 0: the clocks of upstream and machine were too far apart to know which is right. Reading C7. */
    clockTrusted: Generated<number>;
    /** 0 on an admitted scan: the refund state was unknown. Reading C3. */
    refundStateKnown: number | null;
    /** 1 on an admitted scan: the upstream was silent, so only the policy decided. */
    upstreamSilent: number | null;
    /** Seconds since the last contact in that case; null: never, or the upstream answered. */
    lastContactSeconds: number | null;
    /** Up to when all refunds were known, if the upstream was silent; null: unknown. */
    changesKnownAt: string | null;
    /** A later objection of the upstream to an admission: verdict, time and details. */
    lateVerdict: string | null;
    lateNoticedAt: string | null;
    /** When the other entry was made, if the late verdict is ALREADY_ENTERED and the time is known. */
    lateFirstEntry: string | null;
    /** The verification time of the e-ticket that was shown, and its age at the scan; null for a bare code. Reading C5. */
    eTicketTime: string | null;
    eTicketAgeSeconds: number | null;
  };
  /** One row per ticket with an entry; the primary key guarantees single entry. */
  entry: { startTime: string; cinemaCode: string; filmTicketCode: string; recordId: string };
};

export const scanMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('scan')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('record_id', 'text', (column) => column.notNull().unique())
      .$call(required('text', 'text_hash', 'gate'))
      .$call(optional('text', 'cinema_code', 'film_ticket_code', 'start_time'))
      .addColumn('scanned_at', 'text', (column) => column.notNull())
      .$call(optional('text', 'verdict', 'detail'))
      .addColumn('confirmed', 'integer')
      .$call(optional('text', 'decided_at', 'opened_at'))
      .addColumn('clock_correction_ms', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('clock_trusted', 'integer', (column) => column.notNull().defaultTo(1))
      .$call(optional('integer', 'refund_state_known', 'upstream_silent', 'last_contact_seconds'))
      .$call(optional('text', 'changes_known_at', 'late_verdict', 'late_noticed_at', 'late_first_entry'))
      .$call(optional('text', 'e_ticket_time'))
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
    // Earlier scans of a ticket are looked up while its guest waits.
    await db.schema
      .createIndex('scan_film_ticket_code')
      .on('scan')
      .columns(['film_ticket_code'])
      .where(sql.ref('film_ticket_code'), 'is not', null)
      .execute();
    // A ticket admits one guest: of racing scans the second insert fails. The key begins with StartTime because the tickets of
    // a session arrive together.
    await db.schema
      .createTable('entry')
      .$call(required('text', 'start_time', 'cinema_code', 'film_ticket_code', 'record_id'))
      .addPrimaryKeyConstraint('entry_pk', ['start_time', 'cinema_code', 'film_ticket_code'])
      .execute();
  },
};
