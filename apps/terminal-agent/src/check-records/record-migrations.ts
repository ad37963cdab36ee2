import type { Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/** What a terminal alone changes in the tables of check records: there every record is its own. */
export const terminalRecordMigrations: Migrations = {
  '2026-11-28-records-of-gates': async (db) => {
    await sql`update check_record set gate = account, account = ''`.execute(db);
  },
};
