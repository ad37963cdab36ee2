import { type Engine, type Migrations, makeAppendOnly, refuseReplacement } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';

/** What signs the checkpoints of one generation of the data. */
export type LogKeyRow = {
  /** The name of the log and of its key. */
  origin: string;
  /** PEM (PKCS#8). */
  privateKey: string;
  /** Epoch milliseconds. */
  createdAt: number;
};

/** An entry that has no place in the log yet. */
type LogPendingRow = { entry: string };

type LogLeafRow = {
  /** From 0 on, without gaps. */
  position: number;
  entry: string;
  /** Base64. */
  hash: string;
};

/** A hash over a full tile of the level below (`TILE_WIDTH`); level 1 stands over the leaves. */
type LogNodeRow = { level: number; position: number; hash: string };

export type LogCheckpointRow = {
  /** From 0 on, without gaps. */
  number: number;
  origin: string;
  size: number;
  root: string;
  /** The signed note. */
  note: string;
  /** Epoch milliseconds by the machine that signed it. */
  signedAt: number;
};

export type LogTables = {
  logKey: LogKeyRow;
  logPending: LogPendingRow;
  logLeaf: LogLeafRow;
  logNode: LogNodeRow;
  logCheckpoint: LogCheckpointRow;
};

/** The origin in the row that the table of keys begins with: an empty one was emptied. */
export const NO_KEY_YET = '';

const LEAF_ENTRY = 'log_leaf_entry';

export const logMigrations: Migrations = {
  '0001': async (db, engine) => {
    await db.schema
      .createTable('log_key')
      .addColumn('origin', 'text', (column) => column.primaryKey())
      .addColumn('private_key', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();
    await sql`insert into log_key values (${NO_KEY_YET}, '', 0)`.execute(db);
    await db.schema
      .createTable('log_pending')
      .addColumn('entry', 'text', (column) => column.primaryKey())
      .execute();
    await db.schema
      .createTable('log_leaf')
      .addColumn('position', 'bigint', (column) => column.primaryKey())
      .addColumn('entry', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addUniqueConstraint(LEAF_ENTRY, ['entry'])
      .execute();
    await db.schema
      .createTable('log_node')
      .addColumn('level', 'bigint', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('log_node_pk', ['level', 'position'])
      .execute();
    await db.schema
      .createTable('log_checkpoint')
      .addColumn('number', 'bigint', (column) => column.primaryKey())
      .addColumn('origin', 'text', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('root', 'text', (column) => column.notNull())
      .addColumn('note', 'text', (column) => column.notNull())
      .addColumn('signed_at', 'bigint', (column) => column.notNull())
      .execute();
    const keys = {
      log_key: [['origin']],
      log_leaf: [['position'], ['entry']],
      log_node: [['level', 'position']],
      log_checkpoint: [['number']],
    };
    for (const [table, unique] of Object.entries(keys)) {
      await makeAppendOnly(db, engine, table);
      await refuseReplacement(db, engine, { table, keys: unique });
    }
  },
};

/**
 * Makes each row that is added to a table an entry of the log: in the step that creates the table. The database itself names the
 * rows, in the transaction that adds them, so that none is left out; and since a row only ever adds a row, no writer waits for
 * another.
 */
export async function logRowsOf(
  db: Kysely<unknown>,
  engine: Engine,
  { table, key }: { table: string; key: string },
): Promise<void> {
  const [from, trigger] = [sql.table(table), sql.ref(`${table}_is_logged`)];
  if (engine === 'sqlite') {
    await sql`
      create trigger ${trigger} after insert on ${from}
      begin insert into log_pending (entry) values (${sql.ref(`new.${key}`)}); end
    `.execute(db);
  } else {
    const log = sql.ref(`log_${table}_rows`);
    await sql`
      create function ${log}() returns trigger language plpgsql as
      ${sql.lit(`begin insert into log_pending (entry) select "${key}" from added; return null; end`)}
    `.execute(db);
    await sql`
      create trigger ${trigger} after insert on ${from} referencing new table as added
      for each statement execute function ${log}()
    `.execute(db);
  }
}
