import { makeAppendOnly, mergeMigrations, optional, refuseReplacement, required } from '@ticket-check/storage';
import { type LogTables, logMigrations, logRowsOf } from './transparency-log/log-tables.ts';

/** What a person changed; only ever added to, which the database holds. */
export type OperationRow = {
  /** A UUIDv7. */
  id: string;
  /** The name of the command, `account revoke` for example. */
  name: string;
  /** Who did it: an operator, or the user of the operating system who ran the command. */
  actor: string;
  /** From where: an address, or the machine and terminal of a command. Null if it is not known. */
  from: string | null;
  beganAt: string;
  /** Null if it was written at the beginning of what takes more than one transaction; another row tells its end. */
  endedAt: string | null;
  /** The row of the beginning, where this one tells the end. */
  of: string | null;
  /** 1: it broke off; what was done until then stays. What is one transaction left nothing but this row where it failed. */
  failed: number;
  /** The request and its outcome, as JSON. Never a secret. */
  what: string;
  /** What stood before and what stands after, as JSON; null if the change has no such thing. */
  before: string | null;
  after: string | null;
};

/** How often a machine has read something on a day that is not over. */
type ReadingCountRow = {
  actor: string;
  /** That of the operation. */
  name: string;
  /** A date of Asia/Shanghai. */
  day: string;
  count: number;
};

export type OperationTables = LogTables & { operation: OperationRow; readingCount: ReadingCountRow };

/** With those of the log that its rows are entries of. */
export const operationMigrations = mergeMigrations(logMigrations, {
  '0001': async (db, engine) => {
    await db.schema
      .createTable('operation')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .$call(required('text', 'name', 'actor'))
      .addColumn('from', 'text')
      .addColumn('began_at', 'text', (column) => column.notNull())
      .$call(optional('text', 'ended_at', 'of'))
      .addColumn('failed', 'bigint', (column) => column.notNull())
      .addColumn('what', 'text', (column) => column.notNull())
      .$call(optional('text', 'before', 'after'))
      .execute();
    await db.schema.createIndex('operation_by_time').on('operation').columns(['began_at', 'id']).execute();
    // What somebody did is found among any number of operations of others.
    await db.schema.createIndex('operation_by_actor').on('operation').columns(['actor', 'began_at', 'id']).execute();
    await db.schema
      .createTable('reading_count')
      .$call(required('text', 'actor', 'name', 'day'))
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('reading_count_pk', ['actor', 'name', 'day'])
      .execute();
    await makeAppendOnly(db, engine, 'operation');
    await refuseReplacement(db, engine, { table: 'operation', keys: [['id']] });
    await logRowsOf(db, engine, { table: 'operation', key: 'id' });
  },
});
