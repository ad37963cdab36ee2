import { randomBytes, randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import pg from 'pg';
import { isSqliteUrl, parseSqliteUrl } from '../store-url.ts';

/** A database: its URL, and its key where it is SQLite. */
interface Target {
  readonly url: string;
  readonly encryptionKey: string;
}

type Row = Record<string, unknown>;

/** A connection that knows SQL and nothing of our own stores. */
interface Connection {
  rows(sql: string): Promise<Row[]>;
  run(sql: string): Promise<unknown>;
  /** The names of its tables. */
  tables(): Promise<string[]>;
  close(): Promise<unknown>;
}

/** Opens a database as it is. */
export async function connect({ url, encryptionKey }: Target): Promise<Connection> {
  if (isSqliteUrl(url)) {
    const db = new Database(parseSqliteUrl(url));
    db.pragma(`cipher='sqlcipher'`);
    db.pragma(`key="x'${encryptionKey}'"`);
    return {
      rows: async (sql) => db.prepare(sql).all() as Row[],
      run: async (sql) => db.exec(sql),
      tables: async () => db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[],
      close: async () => db.close(),
    };
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    rows: async (sql) => (await client.query(sql)).rows,
    run: (sql) => client.query(sql),
    tables: async () => {
      const { rows } = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
      return rows.map(({ name }) => name);
    },
    close: () => client.end(),
  };
}

/** The random values that migrations write, table by table: a copy of a database gets its own. */
const RANDOM: Readonly<Record<string, () => string>> = {
  store_generation: () => `generation = '${randomUUID()}'`,
  record_id_secret: () => `secret = '${randomBytes(32).toString('hex')}'`,
};

/** The statements that give a database with these tables random values of its own in place of those that its migrations wrote. */
export function renewRandomValues(tables: readonly string[]): string[] {
  return tables.flatMap((table) => {
    const value = RANDOM[table];
    return value === undefined ? [] : [`update ${table} set ${value()}`];
  });
}
