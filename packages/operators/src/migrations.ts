import { type Migrations, makeAppendOnly, refuseReplacement } from '@ticket-check/storage';

/** What a person changed; only ever added to, which the database holds. */
export type OperationRow = {
  /** A UUIDv7. */
  id: string;
  /** As the command is called, `account revoke` for example. */
  name: string;
  /** Who did it: the user of the operating system who ran the command. */
  actor: string;
  beganAt: string;
  /** Null where it was written at the beginning of what takes more than one transaction; another row tells its end. */
  endedAt: string | null;
  /** The row of the beginning, where this one tells the end. */
  of: string | null;
  /** 1: it broke off; what was done until then stays. What is one transaction leaves no row where it fails. */
  failed: number;
  /** What it was asked to do and what came of it, as JSON. Never a secret. */
  what: string;
};

export type OperationTables = { operation: OperationRow };

export const operationMigrations: Migrations = {
  '2026-11-25-operations': async (db, engine) => {
    await db.schema
      .createTable('operation')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('began_at', 'text', (column) => column.notNull())
      .addColumn('ended_at', 'text')
      .addColumn('of', 'text')
      .addColumn('failed', 'bigint', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('operation_by_time').on('operation').columns(['began_at', 'id']).execute();
    await makeAppendOnly(db, engine, 'operation');
  },
  '2026-11-29-operations-not-replaced': (db, engine) =>
    refuseReplacement(db, engine, { table: 'operation', key: 'id' }),
};
