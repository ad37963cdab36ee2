import { type Migrations, optional, required } from '@ticket-check/storage';

/** The e-ticket of a ticket: one, whose link can be revoked and made again. Reading C5. */
export type ETicketRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
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

/** A ticket that was taken on paper. */
export type TicketPickUpRow = {
  startTime: string;
  cinemaCode: string;
  filmTicketCode: string;
  pickedUpAt: string;
  account: string;
};

/** A key that e-tickets are signed with. */
export type ETicketKeyRow = {
  keyId: string;
  /** PEM (PKCS#8), Ed25519. */
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

const TICKET = ['start_time', 'cinema_code', 'film_ticket_code'] as const;

/** The tables of e-tickets, pick-ups and the keys that sign them. */
export const eTicketMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('e_ticket')
      .$call(required('text', 'start_time', 'cinema_code', 'film_ticket_code'))
      .addColumn('serial', 'bigint', (column) => column.notNull())
      .$call(required('text', 'token_hash', 'ticket_info_code', 'account', 'created_at'))
      .$call(optional('text', 'revoked_at', 'info'))
      .$call(required('bigint', 'refunded', 'entered_above'))
      .addColumn('answered_at', 'bigint')
      .$call(required('bigint', 'asked_at'))
      .addPrimaryKeyConstraint('e_ticket_pk', [...TICKET])
      .execute();
    // Of 144 bits: unique by itself, without a constraint that would have to hold the cinema.
    await db.schema.createIndex('e_ticket_token').on('e_ticket').column('token_hash').execute();
    await db.schema
      .createTable('ticket_pick_up')
      .$call(required('text', 'start_time', 'cinema_code', 'film_ticket_code', 'picked_up_at', 'account'))
      .addPrimaryKeyConstraint('ticket_pick_up_pk', [...TICKET])
      .execute();
    await db.schema
      .createTable('e_ticket_key')
      .addColumn('key_id', 'text', (column) => column.primaryKey())
      .addColumn('private_key', 'text', (column) => column.notNull())
      .$call(required('bigint', 'valid_from', 'signs_until'))
      .addColumn('revoked_at', 'bigint')
      .execute();
    await db.schema
      .createTable('e_ticket_secret')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('secret', 'text', (column) => column.notNull())
      .execute();
  },
};
