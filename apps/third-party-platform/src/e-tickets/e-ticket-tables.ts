import type { TicketKey } from '@ticket-check/check-records';
import { createTables } from '@ticket-check/storage';
import { sql } from 'kysely';

/** The e-ticket of a ticket: one, whose link can be revoked and made again. Reading C5. */
export type ETicketRow = TicketKey & {
  /** Which link of the ticket this is, from 1 on. */
  serial: number;
  /** SHA-256 of the link's token, in hex. */
  tokenHash: string;
  ticketInfoCode: string;
  /** The account that asked for it. */
  account: string;
  createdAt: string;
  /** Null while the link is good. */
  revokedAt: string | null;
  /** What the national platform said of the ticket last, a `TicketInfo` as JSON; null if it has said nothing yet. */
  info: string | null;
  /** 1: it said that the ticket was refunded. */
  refunded: number;
  /** 1: it knows of an entry, which was not undone here. */
  enteredAbove: number;
  /** When it answered last, whatever it said; epoch milliseconds. */
  answeredAt: number | null;
  /** When it was asked last; epoch milliseconds. */
  askedAt: number;
};

export type TicketPickUpRow = TicketKey & { pickedUpAt: string; account: string };

export type ETicketKeyRow = {
  keyId: string;
  /** PEM (PKCS#8), Ed25519 or SM2. */
  privateKey: string;
  /** Epoch milliseconds, as all that follow. */
  validFrom: number;
  signsUntil: number;
  revokedAt: number | null;
};

/** What the tokens of links are made of. */
type ETicketSecretRow = { name: string; secret: string };

export type ETicketTables = {
  eTicket: ETicketRow;
  ticketPickUp: TicketPickUpRow;
  eTicketKey: ETicketKeyRow;
  eTicketSecret: ETicketSecretRow;
};

export const eTicketMigrations = createTables<ETicketTables>(
  sql`create table e_ticket (
    start_time text not null, cinema_code text not null, film_ticket_code text not null, serial bigint not null,
    token_hash text not null, ticket_info_code text not null, account text not null, created_at text not null,
    revoked_at text, info text, refunded bigint not null, entered_above bigint not null, answered_at bigint,
    asked_at bigint not null, primary key (start_time, cinema_code, film_ticket_code)
  )`,
  // Of 144 bits: unique by itself, without a constraint that would have to hold the cinema.
  sql`create index e_ticket_token on e_ticket (token_hash)`,
  sql`create table ticket_pick_up (
    start_time text not null, cinema_code text not null, film_ticket_code text not null,
    picked_up_at text not null, account text not null, primary key (start_time, cinema_code, film_ticket_code)
  )`,
  sql`create table e_ticket_key (
    key_id text primary key, private_key text not null, valid_from bigint not null, signs_until bigint not null,
    revoked_at bigint
  )`,
  sql`create table e_ticket_secret (name text primary key, secret text not null)`,
);
