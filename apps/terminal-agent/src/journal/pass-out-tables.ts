import { inOrder, type Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/** What guests who step out come back with. */
export type PassOutTables = {
  passOut: {
    /** The entry of the guest; one each. */
    recordId: string;
    /** SHA-256 of the code, hexadecimal. The code is random, so that a plain hash does not give it away. */
    codeHash: string;
    madeAt: string;
  };
};

export const passOutMigrations: Migrations = {
  '0001': (db) =>
    inOrder(
      db,
      sql`create table pass_out (record_id text primary key, code_hash text not null unique, made_at text not null)`,
    ),
};
