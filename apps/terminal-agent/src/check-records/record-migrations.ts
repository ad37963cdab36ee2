import { formerly, type Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/** What a terminal alone changes in the tables of check records: there every record is its own. */
export const terminalRecordMigrations: Migrations = {
  // The two columns change their names, not their values: that would write each record anew, which takes many seconds and
  // as much disk again where there are hundreds of thousands.
  '2026-11-26-records-of-gates': formerly('2026-11-28-records-of-gates', async (db) => {
    await db.schema.dropIndex('check_record_quarantine_account').execute();
    for (const [name, newName] of [
      ['gate', 'unused'],
      ['account', 'gate'],
      ['unused', 'account'],
    ] as const) {
      await db.schema.alterTable('check_record').renameColumn(name, newName).execute();
    }
    await db.schema
      .createIndex('check_record_quarantine_account')
      .on('check_record')
      .columns(['account'])
      .where(sql.ref('quarantine'), 'is not', null)
      .execute();
  }),
};
