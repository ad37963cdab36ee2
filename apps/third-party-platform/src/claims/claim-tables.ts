import { byMonth, makeMonths } from '@ticket-check/check-records';
import { wallClockAt } from '@ticket-check/protocol';
import { type Migrations, required } from '@ticket-check/storage';
import { sql } from 'kysely';

/**
 * Who may enter, or has entered, with a ticket: at most one. A ticket without a row is free: it has no entry here, no release and
 * no e-ticket. Reading C2.
 */
export type TicketClaimRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  /** The check record that the entry is, or will be; empty while nobody holds the ticket. */
  recordId: string;
  checkTime: string;
  /** Empty if unknown. */
  gate: string;
  /** The account that it came through. */
  account: string;
  claimedAt: string;
  /** 1: the check record is here. `HELD_BY_NOBODY`: nobody holds the ticket. */
  recorded: number;
};

export const HELD_BY_NOBODY = 2;

/** A claim that was released, or blocked before it was made; deleted once its session is long over. Reading C8. */
export type ReleasedClaimRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  recordId: string;
  /** The account whose claim it is; empty for every account. */
  account: string;
  releasedAt: string;
  /** 1: the claim may have led to an admission whose record was lost. */
  uncertain: number;
};

export type ClaimTables = {
  ticketClaim: TicketClaimRow;
  releasedClaim: ReleasedClaimRow;
};

const TICKET = ['start_time', 'cinema_code', 'film_ticket_code'] as const;

export const claimMigrations: Migrations = {
  '0001': async (db, engine) => {
    await db.schema
      .createTable('ticket_claim')
      .$call(required('text', ...TICKET, 'record_id', 'check_time', 'gate', 'account', 'claimed_at'))
      .$call(required('bigint', 'recorded'))
      .addPrimaryKeyConstraint('ticket_claim_pk', [...TICKET])
      .$call(byMonth(engine))
      .execute();
    await makeMonths(db, engine, wallClockAt(Date.now()));
    // Holds next to nothing: it finds the claims without a record among millions. Which accounts leave claims open is counted
    // for every look at health and metrics.
    await db.schema
      .createIndex('ticket_claim_open')
      .on('ticket_claim')
      .columns(['claimed_at', 'record_id', 'account'])
      .where(sql.ref('recorded'), '=', sql.lit(0))
      .execute();
    // A claim belongs to the account that made it, and so does its release: the key has to hold both.
    await db.schema
      .createTable('released_claim')
      .$call(required('text', ...TICKET, 'record_id', 'account', 'released_at'))
      .$call(required('bigint', 'uncertain'))
      .addPrimaryKeyConstraint('released_claim_by_account_pk', [...TICKET, 'record_id', 'account'])
      .execute();
    // Holds next to nothing.
    await db.schema
      .createIndex('released_claim_uncertain')
      .on('released_claim')
      .columns([...TICKET])
      .where(sql.ref('uncertain'), '=', sql.lit(1))
      .execute();
    // Holds an account to its number.
    await db.schema
      .createIndex('released_claim_of_account')
      .on('released_claim')
      .columns(['account', 'start_time'])
      .execute();
  },
};
