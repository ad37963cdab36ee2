import type { Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/** One row: how far the changes of the platform above were read. */
export type FollowedTables = {
  followedChanges: {
    id: number;
    /** For which cinemas, and the platform's cursor; empty before the first page, and where the list is to be read from its beginning. */
    cursor: string;
    /** Up to when all is known; null if nothing was read to its end yet. */
    asOf: string | null;
    /** When they were last read to their end, by the clock here, epoch milliseconds; 0 if they never were. */
    heardAt: number;
  };
};

export const followedMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('followed_changes')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('cursor', 'text', (column) => column.notNull())
      .addColumn('as_of', 'text')
      .addColumn('heard_at', 'bigint', (column) => column.notNull())
      .execute();
    await sql`insert into followed_changes (id, cursor, as_of, heard_at) values (1, '', null, 0)`.execute(db);
  },
};
