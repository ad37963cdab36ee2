import type { ColumnType, RowIn, Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { Suspicion } from './received-record.ts';

/** The columns of check records, in the order of the table, by which salvage reads them. */
export const CHECK_RECORD_COLUMNS = {
  recordId: 'text',
  /** What it names (`identityOf`): the key is both. */
  identity: 'text',
  cinemaCode: 'text',
  filmTicketCode: 'text',
  startTime: 'text',
  ticketInfoCode: 'text',
  checkTime: 'text',
  screenCode: 'text',
  screenName: 'text',
  filmCode: 'text',
  filmName: 'text',
  sessionCode: 'text',
  /** null: the record is incomplete (reading R5). */
  ticketType: 'text',
  rowNum: 'integer',
  columnNum: 'integer',
  price: 'integer',
  service: 'integer',
  /** The account that reported it; empty for a record of this terminal's own. */
  account: 'text',
  /** The gate of the terminal where it was made; empty if unknown to the platform. */
  gate: 'text',
  receivedAt: 'text',
  /** The error code of a quarantined record, or null if it counts as an entry (readings R3, R6). */
  quarantine: 'text',
  /** Elements that differ from the record's own code without making it another ticket, comma-separated (reading R6). */
  differences: 'text',
  /** Of an admission in spite of a refusal, the verdict of the refusal; null otherwise (reading R10). */
  overriddenVerdict: 'text',
  /** 1: let in by the offline policy, because the platform did not answer the terminal; null if unknown. */
  offline: 'integer',
  /** Milliseconds from CheckTime to the terminal's decision; null if unknown. */
  decidedMs: 'integer',
  /** Seconds from CheckTime until the platform that forwards it had it; null if unknown or no platform did. */
  forwarderSeconds: 'integer',
} as const satisfies Record<string, ColumnType>;

export const NULLABLE_COLUMNS = [
  'ticketType',
  'quarantine',
  'overriddenVerdict',
  'offline',
  'decidedMs',
  'forwarderSeconds',
] as const satisfies (keyof typeof CHECK_RECORD_COLUMNS)[];

export type CheckRecordRow = RowIn<typeof CHECK_RECORD_COLUMNS, (typeof NULLABLE_COLUMNS)[number]>;

/** A record that upstream has not confirmed. A record without a row here was delivered, or is not to be forwarded. */
export type OutboxRow = {
  recordId: string;
  identity: string;
  cinemaCode: string;
  checkTime: string;
  /** Copied from the record, so that overdue records are counted in this table only. */
  startTime: string;
  /** 1: the record is incomplete, and a plain upstream gets it only when it is completed or given up (reading R5). */
  incomplete: number;
  /** Grows when the record changes while it waits, so that a reply to its older state does not count for the newer one. */
  revision: number;
  attempts: number;
  /** Not null: refused, and out of the queue until `nextAttemptAt`. */
  parkedAt: string | null;
  nextAttemptAt: string | null;
  errorCode: string | null;
  errorMessage: string | null;
};

/**
 * When upstream accepted a record for the first time. A table of its own: a change of a row of check records would rewrite all its
 * indexes. Without the identity: of two records with one RecordId and session it is the first that was delivered.
 */
export type DeliveredRecordRow = {
  recordId: string;
  cinemaCode: string;
  startTime: string;
  /** Unix seconds, as `sentAt`: a row has a third of the bytes of a record with its indexes, and there are as many. */
  deliveredAt: number;
  /** When the report that was accepted was handed to the line; null if unknown. */
  sentAt: number | null;
  /** How often upstream had refused it before; null if it never did or if unknown. */
  refusals: number | null;
};

export const REVERSAL_COLUMNS = {
  reverses: 'text',
  identity: 'text',
  cinemaCode: 'text',
  account: 'text',
  recordId: 'text',
  filmTicketCode: 'text',
  startTime: 'text',
  checkTime: 'text',
  reversedAt: 'text',
  receivedAt: 'text',
} as const satisfies Record<string, ColumnType>;

export type NewReversalRow = RowIn<typeof REVERSAL_COLUMNS>;

/** A compensating record: the record under `reverses` and `identity` no longer counts as an entry. Reading R9. */
export type ReversalRow = NewReversalRow & {
  deliveredAt: string | null;
  errorCode: string | null;
  /** Grows when it is to be sent again, so that a reply to what was sent before does not count. */
  revision: number;
};

export type DeliveryRow = { deliveredOn: string; cinemaCode: string; oldestCheckTime: string; lastDeliveredAt: string };

/** How many records of an account count although its sender probably gets their time or price wrong (`Suspicion`). */
export type SuspiciousRow = { cinemaCode: string; account: string; kind: Suspicion; records: number; latestAt: string };

export type CheckRecordTables = {
  /** One row: what RecordIds of plain senders' records are derived with, the same in all processes and in every backup; 64 hex digits. */
  recordIdSecret: { id: number; secret: string };
  checkRecord: CheckRecordRow;
  outbox: OutboxRow;
  /** Which process sends the records of a cinema upstream, and until when by the clock of the database. */
  outboxOwner: { cinemaCode: string; owner: string; ownedUntil: number };
  deliveredRecord: DeliveredRecordRow;
  reversal: ReversalRow;
  delivery: DeliveryRow;
  /** The generation of an upstream's data to which all that it should have was sent (reading X4). */
  upstreamGeneration: {
    generation: string;
    url: string;
    /** The generations that were before it, separated by commas. */
    replaces: string;
    /** The position that it has passed; null if none came since. */
    position: number | null;
    notedAt: string;
  };
  /**
   * A cinema that got keys after some of its records were quarantined: they are judged again (reading R6). `request` is another one
   * whenever the review is requested, so that the end of an earlier one does not count for it.
   */
  quarantineReview: { cinemaCode: string; request: string };
  suspicious: SuspiciousRow;
};

/** The store that has these tables, and its connections or an open transaction. */
export type OwnStore = Store<CheckRecordTables>;
export type OwnDb = Kysely<CheckRecordTables>;

/** What statements run in, the store's own connections or an open transaction, and the store that it belongs to. */
export type Database = { readonly db: OwnDb; readonly store: OwnStore };
