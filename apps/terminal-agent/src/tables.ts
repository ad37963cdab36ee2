import { checkRecordMigrations, followedMigrations } from '@ticket-check/check-records';
import { upstreamMigrations } from '@ticket-check/exchange';
import { keyCacheMigrations } from '@ticket-check/key-cache';
import { operationMigrations, operatorMigrations } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { createTables, mergeMigrations, openDataStore, type Store, type TablesOf } from '@ticket-check/storage';
import { type Generated, type Kysely, sql } from 'kysely';

/** `detail` of a scan salvaged from a damaged store, whose gate is not known to have opened. */
export const SALVAGED = 'salvaged';

/** What only a terminal keeps. Times are wall clocks of Asia/Shanghai. */
type OwnTables = {
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
  /**
   * Refused genuine tickets, with the check record that they would have made, as JSON, and the earlier entry or the claim's holder, if
   * known, a `FirstEntry` as JSON. Kept while a supervisor may override the refusal.
   */
  refusal: { recordId: string; record: string; first: string | null };
  /** Admissions in spite of a refusal: `recordId` is that of the admission, `overrides` that of the refused scan. */
  override: {
    recordId: string;
    overrides: string;
    verdict: string;
    reason: string;
    operator: string;
    overriddenAt: string;
  };
  /**
   * Admissions to recheck once the upstream answers, and again at `askAt` after `timesAsked` answers without a finding.
   * Reading C3.
   */
  recheck: { recordId: string; queuedAt: string; timesAsked: Generated<number>; askAt: Generated<string | null> };
  /** Claims to release: the upstream may hold them for scans that ended without an admission. Readings C8, X4. */
  claimRelease: {
    recordId: string;
    startTime: string;
    cinemaCode: string;
    filmTicketCode: string;
    queuedAt: string;
    /** 1: the scan may have ended in an admission whose record was lost with a damaged store. */
    uncertain: number;
    /** null: it waits. Answered ones are kept for the days for which the upstream may be restored from a backup. Reading X4. */
    answeredAt: string | null;
  };
  /** Announced changes of tickets that may still be admitted here, for when the upstream cannot be asked. */
  knownChange: { startTime: string; cinemaCode: string; filmTicketCode: string; kind: 'refunded' | 'eticket-live' };
  /**
   * The keys that the platform above signs e-tickets with, kept to check e-tickets offline. One row: the host in its e-tickets, its keys
   * as JSON, and when it last answered, in epoch milliseconds. Reading C5.
   */
  eTicketSource: { id: number; host: string; keys: string; fetchedAt: number };
  /** What guests who step out come back with, one for each entry; deleted when that is undone, so it counts once. Reading R11. */
  passOut: { recordId: string; codeHash: string };
  /** Badges with which operators let guests in at the gate, one each. `pinHash`: Argon2id, in the PHC string format. */
  badge: { username: string; codeHash: string; pinHash: string; madeAt: string };
  /** Alarms of gates, until staff end them. `what`: the first fault of a gate that failed; empty for people. */
  gateAlarm: {
    kind: 'out-of-order' | 'passed';
    gate: string;
    since: string;
    last: string;
    count: number;
    what: string;
  };
  /** Admissions whose guest the sensor did not see, kept for a day unless the guest comes after all or the entry is undone. */
  unpassedAdmission: { recordId: string; gate: string; noticedAt: string };
  /** One row, once an agent has served from the store. */
  storeOrigin: {
    id: number;
    beganAt: string;
    /** The file that was set aside when it began, or `restored` for a backup; null if it began empty. */
    predecessor: string | null;
    /** When the upstream first answered a question about a ticket; null if it has not. */
    askedUpstreamAt: string | null;
  };
};

export const terminalMigrations = mergeMigrations(
  upstreamMigrations,
  keyCacheMigrations,
  checkRecordMigrations,
  followedMigrations,
  operationMigrations,
  operatorMigrations,
  createTables<OwnTables>(
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
    sql`create table refusal (record_id text primary key, record text not null, first text)`,
    // A refusal is overridden once: of concurrent decisions the second insert fails.
    sql`create table override (
      record_id text primary key, overrides text not null unique, verdict text not null, reason text not null,
      operator text not null, overridden_at text not null
    )`,
    sql`create table recheck (
      record_id text primary key, queued_at text not null, times_asked integer default 0 not null, ask_at text
    )`,
    sql`create table claim_release (
      record_id text primary key, start_time text not null, cinema_code text not null,
      film_ticket_code text not null, queued_at text not null, uncertain integer not null, answered_at text
    )`,
    sql`create index claim_release_answered on claim_release (answered_at, record_id)`,
    sql`create table known_change (
      start_time text not null, cinema_code text not null, film_ticket_code text not null, kind text not null,
      primary key (start_time, cinema_code, film_ticket_code, kind)
    )`,
    sql`create table e_ticket_source (
      id integer primary key, host text not null, keys text not null, fetched_at bigint not null
    )`,
    // Codes of pass-outs and badges are random, so that a plain hash, SHA-256 in hexadecimal, does not give them away.
    sql`create table pass_out (record_id text primary key, code_hash text not null unique)`,
    sql`create table badge (
      username text primary key, code_hash text not null unique, pin_hash text not null, made_at text not null
    )`,
    sql`create table gate_alarm (
      kind text not null, gate text not null, since text not null, last text not null, what text not null,
      count integer not null, primary key (kind, gate)
    )`,
    sql`create table unpassed_admission (record_id text primary key, gate text not null, noticed_at text not null)`,
    sql`create table store_origin (
      id bigint primary key, began_at text not null, predecessor text, asked_upstream_at text
    )`,
  ),
);

export type TerminalTables = TablesOf<typeof terminalMigrations>;

export type TerminalStore = Store<TerminalTables>;

/** The store, or an open transaction. */
export type Db = Kysely<TerminalTables>;

/** Opens this terminal's encrypted store, creating it on the first start; agent and commands may open it at the same time. */
export const openTerminalStore = (
  settings: Parameters<typeof openDataStore>[0],
  serving: { serves?: boolean; now?: Clock } = {},
): Promise<TerminalStore> => openDataStore(settings, terminalMigrations, serving);
