import { inOrder, type Migrations } from '@ticket-check/storage';
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
  '0001': (db) =>
    inOrder(
      db,
      sql`create table scan (
        sequence integer primary key autoincrement, record_id text not null unique, text_hash text not null,
        gate text not null, cinema_code text, film_ticket_code text, start_time text, scanned_at text not null,
        verdict text, detail text, confirmed integer, decided_at text, opened_at text,
        clock_correction_ms integer default 0 not null, clock_trusted integer default 1 not null,
        refund_state_known integer, upstream_silent integer, last_contact_seconds integer, changes_known_at text,
        late_verdict text, late_noticed_at text, late_first_entry text, e_ticket_time text,
        e_ticket_age_seconds integer
      )`,
      sql`create index scan_open_intent on scan (start_time, cinema_code, film_ticket_code) where verdict is null`,
      sql`create index scan_late_verdict on scan (late_noticed_at) where late_verdict is not null`,
      sql`create index scan_salvaged on scan (scanned_at) where detail = ${sql.lit(SALVAGED)}`,
      sql`create index scan_without_ticket on scan (sequence) where film_ticket_code is null`,
      // Earlier scans of a ticket are looked up while its guest waits.
      sql`create index scan_film_ticket_code on scan (film_ticket_code) where film_ticket_code is not null`,
      // A ticket admits one guest: of racing scans the second insert fails. The key begins with StartTime because the tickets of
      // a session arrive together.
      sql`create table entry (
        start_time text not null, cinema_code text not null, film_ticket_code text not null, record_id text not null,
        primary key (start_time, cinema_code, film_ticket_code)
      )`,
    ),
};
