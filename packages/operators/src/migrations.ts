import { inOrder, makeAppendOnly, mergeMigrations } from '@ticket-check/storage';
import { sql } from 'kysely';
import { type LogTables, logMigrations, logRowsOf } from './transparency-log/log-tables.ts';

/** What a person changed; only ever added to, which the database holds. */
export type OperationRow = {
  id: string;
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
type DayCountRow = {
  actor: string;
  name: string;
  /** A date of Asia/Shanghai. */
  day: string;
  count: number;
};

export type OperationTables = LogTables & { operation: OperationRow; dayCount: DayCountRow };

/** With those of the log that its rows are entries of. */
export const operationMigrations = mergeMigrations(logMigrations, {
  '0001': async (db, engine) => {
    await inOrder(
      db,
      sql`create table operation (
        id text primary key, name text not null, actor text not null, "from" text, began_at text not null, ended_at text,
        "of" text, failed bigint not null, what text not null, before text, after text
      )`,
      sql`create index operation_by_time on operation (began_at, id)`,
      // What somebody did is found among any number of operations of others.
      sql`create index operation_by_actor on operation (actor, began_at, id)`,
      sql`create table day_count (
        actor text not null, name text not null, day text not null, count bigint not null, primary key (actor, name, day)
      )`,
    );
    await makeAppendOnly(db, engine, { table: 'operation', keys: [['id']] });
    await logRowsOf(db, engine, { table: 'operation', key: 'id' });
  },
});
