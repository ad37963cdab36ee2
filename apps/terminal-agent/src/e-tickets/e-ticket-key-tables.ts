import type { Migrations } from '@ticket-check/storage';

/** The keys that the platform above signs e-tickets with. Times are wall clocks of Asia/Shanghai unless noted. */
export type ETicketKeyTables = {
  eTicketKey: {
    keyId: string;
    /** The 32 bytes of an Ed25519 key in Base64. */
    publicKey: string;
    validFrom: string;
    validUntil: string;
    revokedAt: string | null;
    /** 0: no longer listed by the platform. */
    listed: number;
  };
  /** One row: the host in its e-tickets, and when it last answered, in epoch milliseconds. */
  eTicketSource: { id: number; host: string; fetchedAt: number };
};

/** The tables of e-ticket keys, kept to check e-tickets offline. Reading C5. */
export const eTicketKeyMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('e_ticket_key')
      .addColumn('key_id', 'text', (column) => column.primaryKey())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('valid_from', 'text', (column) => column.notNull())
      .addColumn('valid_until', 'text', (column) => column.notNull())
      .addColumn('revoked_at', 'text')
      .addColumn('listed', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('e_ticket_source')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('fetched_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
