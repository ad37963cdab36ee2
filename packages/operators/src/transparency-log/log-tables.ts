import { createPrivateKey } from 'node:crypto';
import { ExpectedError } from '@ticket-check/runtime';
import { type Engine, inOrder, type Migrations, makeAppendOnly, mergeMigrations } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { makeNoteKey, type NoteSigner, noteSigner } from './note.ts';

/** What signs the checkpoints of one generation of the data. Times are epoch milliseconds. */
type LogKeyRow = {
  origin: string;
  privateKey: string;
  createdAt: number;
};

type LogPendingRow = { entry: string };

/** Positions, like the numbers of checkpoints, go from 0 on without gaps. */
type LogLeafRow = {
  position: number;
  entry: string;
  hash: string;
};

/** A hash over a full tile of the level below (`TILE_WIDTH`); level 1 stands over the leaves. */
type LogNodeRow = { level: number; position: number; hash: string };

export type LogCheckpointRow = {
  number: number;
  origin: string;
  size: number;
  root: string;
  note: string;
  /** Epoch milliseconds by the machine that signed it. */
  signedAt: number;
};

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

/** The operations, and the log that they are the entries of. */
export type OperationTables = {
  operation: OperationRow;
  dayCount: DayCountRow;
  logKey: LogKeyRow;
  logPending: LogPendingRow;
  logLeaf: LogLeafRow;
  logNode: LogNodeRow;
  logCheckpoint: LogCheckpointRow;
};

/** The origin in the row that the table of keys begins with: an empty one was emptied. */
const NO_KEY_YET = '';

const logMigrations: Migrations<OperationTables> = {
  '0001': async (db, engine) => {
    await inOrder(
      db,
      sql`create table log_key (origin text primary key, private_key text not null, created_at bigint not null)`,
      sql`insert into log_key values (${NO_KEY_YET}, '', 0)`,
      sql`create table log_pending (entry text primary key)`,
      sql`create table log_leaf (position bigint primary key, entry text not null unique, hash text not null)`,
      sql`create table log_node (
        level bigint not null, position bigint not null, hash text not null, primary key (level, position)
      )`,
      sql`create table log_checkpoint (
        number bigint primary key, origin text not null, size bigint not null, root text not null, note text not null,
        signed_at bigint not null
      )`,
    );
    const keys = {
      log_key: [['origin']],
      log_leaf: [['position'], ['entry']],
      log_node: [['level', 'position']],
      log_checkpoint: [['number']],
    };
    for (const [table, unique] of Object.entries(keys)) await makeAppendOnly(db, engine, { table, keys: unique });
  },
};

/** Makes each operation an entry: the database names the rows in their transaction, so that no writer waits for another. */
const logOperations = (db: Kysely<unknown>, engine: Engine): Promise<void> =>
  engine === 'sqlite'
    ? inOrder(
        db,
        sql`create trigger operation_is_logged after insert on operation
          begin insert into log_pending (entry) values (new.id); end`,
      )
    : inOrder(
        db,
        sql`create function log_operation_rows() returns trigger language plpgsql as
          $$begin insert into log_pending (entry) select id from added; return null; end$$`,
        sql`create trigger operation_is_logged after insert on operation referencing new table as added
          for each statement execute function log_operation_rows()`,
      );

/** With those of the log, which come first. */
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
    await logOperations(db, engine);
  },
});

export const ROWS_A_PAGE = 1000;

/** Rows in pages of at most `ROWS_A_PAGE`, which `load` answers after the last row of the page before. */
export async function* pagesOf<Row>(load: (last: Row | undefined) => Promise<Row[]>): AsyncGenerator<Row[]> {
  let page: Row[] = [];
  do {
    page = await load(page.at(-1));
    yield page;
  } while (page.length === ROWS_A_PAGE);
}

/** The log cannot be continued or proved, because somebody changed the database. The message is for its user. */
export class LogChangedError extends ExpectedError {
  /** @param found what was found, as the beginning of a sentence */
  constructor(found: string) {
    super(`${found}: somebody changed the database. \`audit verify\` names the first entry that does not fit.`);
  }
}

/**
 * The log of one generation of the data. A restored backup continues as another log with another key: it may lack entries
 * that the former one has vouched for, and a log never signs what contradicts a checkpoint of its own.
 */
export const originOf = (generation: string): string => `ticket-check/audit/${generation}`;

/** Loads all keys of the log, former generations first. @throws LogChangedError if somebody emptied the table. */
export async function loadLogKeys(db: Kysely<OperationTables>): Promise<NoteSigner[]> {
  const rows = await db.selectFrom('logKey').selectAll().orderBy('createdAt').orderBy('origin').execute();
  return keysIn(rows).map(signerIn);
}

/** The rows of keys, without the one that the table begins with. */
function keysIn(rows: readonly LogKeyRow[]): LogKeyRow[] {
  if (rows.length === 0) throw new LogChangedError('The keys of the log are gone');
  return rows.filter(({ origin }) => origin !== NO_KEY_YET);
}

/**
 * The key of this origin, made once, and the sole right to go on with the log until the transaction ends.
 * @throws LogChangedError if the table was emptied, or the key is gone that signed the latest checkpoint.
 */
export async function takeLogKey(
  db: Kysely<OperationTables>,
  engine: Engine,
  { origin, signed, now }: { origin: string; signed: string | undefined; now: number },
): Promise<NoteSigner> {
  const known = keysIn(await db.selectFrom('logKey').selectAll().execute()).some((key) => key.origin === origin);
  if (!known && signed === origin) throw new LogChangedError(`The key of ${origin} is gone`);
  if (!known) {
    await db
      .insertInto('logKey')
      .values({ origin, privateKey: makeNoteKey(), createdAt: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  // The rows of former generations too: a process that does not know of a new one yet waits for the same lock.
  const all = db.selectFrom('logKey').selectAll().orderBy('origin');
  const rows = await (engine === 'postgres' ? all.forUpdate() : all).execute();
  const row = rows.find((key) => key.origin === origin);
  if (row === undefined) throw new Error(`the key of ${origin} is gone`);
  return signerIn(row);
}

function signerIn({ origin, privateKey }: { origin: string; privateKey: string }): NoteSigner {
  return noteSigner(origin, createPrivateKey(privateKey));
}
