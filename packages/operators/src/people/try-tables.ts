import type { Migrations } from '@ticket-check/storage';

/** A wrong password or code that somebody gave to a command, for as long as it slows the next. */
type TryRow = {
  id: string;
  /** Empty if nobody has the name that was given. */
  username: string;
  what: 'password' | 'code';
  /** Epoch milliseconds. */
  at: number;
};

export type TryTables = { operatorTry: TryRow };

export const tryMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('operator_try')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('username', 'text', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operator_try_of_operator').on('operator_try').columns(['username', 'at']).execute();
  },
};
