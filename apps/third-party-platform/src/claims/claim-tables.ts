import { byMonth, makeMonths, TICKET_COLUMNS } from '@ticket-check/check-records';
import { wallClockAt } from '@ticket-check/protocol';
import { inOrder, type Migrations, type RowIn } from '@ticket-check/storage';
import { sql } from 'kysely';

/**
 * Who may enter, or has entered, with a ticket: at most one. A ticket without a row is free: it has no entry here, no release and
 * no e-ticket. Reading C2.
 */
export const CLAIM_COLUMNS = {
  ...TICKET_COLUMNS,
  /** The check record that the entry is, or will be; empty while nobody holds the ticket. */
  recordId: 'text',
  checkTime: 'text',
  /** Empty if unknown. */
  gate: 'text',
  /** The account that it came through. */
  account: 'text',
  claimedAt: 'text',
  /** 1: the check record is here. `HELD_BY_NOBODY`: nobody holds the ticket. */
  recorded: 'integer',
} as const;

export type TicketClaimRow = RowIn<typeof CLAIM_COLUMNS>;

export const HELD_BY_NOBODY = 2;

/** A claim that was released, or blocked before it was made; deleted once its session is long over. Reading C8. */
export const RELEASE_COLUMNS = {
  ...TICKET_COLUMNS,
  recordId: 'text',
  /** The account whose claim it is; empty for every account. */
  account: 'text',
  releasedAt: 'text',
  /** 1: the claim may have led to an admission whose record was lost. */
  uncertain: 'integer',
} as const;

export type ReleasedClaimRow = RowIn<typeof RELEASE_COLUMNS>;

export type ClaimTables = {
  ticketClaim: TicketClaimRow;
  releasedClaim: ReleasedClaimRow;
};

export const claimMigrations: Migrations<ClaimTables> = {
  '0001': async (db, engine) => {
    await inOrder(
      db,
      sql`create table ticket_claim (
        start_time text not null, cinema_code text not null, film_ticket_code text not null, record_id text not null,
        check_time text not null, gate text not null, account text not null, claimed_at text not null, recorded smallint not null,
        primary key (start_time, cinema_code, film_ticket_code)
      ) ${byMonth(engine)}`,
      // Holds next to nothing: it finds the claims without a record among millions. Which accounts leave claims open is counted
      // for every look at health and metrics.
      sql`create index ticket_claim_open on ticket_claim (claimed_at, record_id, account) where recorded = 0`,
      // A claim belongs to the account that made it, and so does its release: the key has to hold both.
      sql`create table released_claim (
        start_time text not null, cinema_code text not null, film_ticket_code text not null, record_id text not null,
        account text not null, released_at text not null, uncertain bigint not null,
        primary key (start_time, cinema_code, film_ticket_code, record_id, account)
      )`,
      // Holds next to nothing.
      sql`create index released_claim_uncertain on released_claim (start_time, cinema_code, film_ticket_code) where uncertain = 1`,
      // Holds an account to its number.
      sql`create index released_claim_of_account on released_claim (account, start_time)`,
    );
    await makeMonths(db, engine, wallClockAt(Date.now()));
  },
};
