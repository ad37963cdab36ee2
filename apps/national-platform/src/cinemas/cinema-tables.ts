import type { Migrations } from '@ticket-check/storage';
import { sql } from 'kysely';

/** The Datetime of the request that wrote a row: an older request does not overwrite it. */
type Written = { writtenAt: string };

/** Names of cinemas, screens and films; tickets and check records hold the codes only. */
export type CinemaTables = {
  cinema: { cinemaCode: string; cinemaName: string } & Written;
  screen: { cinemaCode: string; screenCode: string; screenName: string } & Written;
  /** `namedBy` is the account if it is limited to some cinemas, otherwise `''`; also `''` for a command. */
  film: { filmCode: string; filmName: string; namedBy: string } & Written;
  /** The business date on which an account last asked about tickets of a cinema or reported from it (reading C2). */
  cinemaActivity: { cinemaCode: string; username: string; lastActiveOn: string };
};

export const cinemaMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('cinema')
      .addColumn('cinema_code', 'text', (column) => column.primaryKey())
      .addColumn('cinema_name', 'text', (column) => column.notNull())
      .addColumn('written_at', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createTable('screen')
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('screen_code', 'text', (column) => column.notNull())
      .addColumn('screen_name', 'text', (column) => column.notNull())
      .addColumn('written_at', 'text', (column) => column.notNull().defaultTo(''))
      .addPrimaryKeyConstraint('screen_pk', ['cinema_code', 'screen_code'])
      .execute();
    await db.schema
      .createTable('film')
      .addColumn('film_code', 'text', (column) => column.primaryKey())
      .addColumn('film_name', 'text', (column) => column.notNull())
      .addColumn('written_at', 'text', (column) => column.notNull().defaultTo(''))
      .addColumn('named_by', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createIndex('film_named_by')
      .on('film')
      .columns(['named_by'])
      .where(sql.ref('named_by'), '<>', sql.lit(''))
      .execute();
    await db.schema
      .createTable('cinema_activity')
      .addColumn('cinema_code', 'text', (column) => column.notNull())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('last_active_on', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('cinema_activity_pk', ['cinema_code', 'username'])
      .execute();
  },
};
