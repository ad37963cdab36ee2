import { randomBytes, randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import pg from 'pg';
import { isSqliteUrl, parseSqliteUrl } from '../store-url.ts';

/** A database: its URL, and its key where it is SQLite. */
interface Target {
  readonly url: string;
  readonly encryptionKey: string;
}

/** The random values that migrations write, table by table. */
const RANDOM: Readonly<Record<string, () => string>> = {
  store_generation: () => `generation = '${randomUUID()}'`,
  record_id_secret: () => `secret = '${randomBytes(32).toString('hex')}'`,
};

/** Runs some work on a connection to a PostgreSQL database. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The name of a PostgreSQL database. */
export const databaseIn = (url: string): string => new URL(url).pathname.slice(1);

/** The names of the tables of a database as it is, after these statements, if any. */
export async function tablesIn({ url, encryptionKey }: Target, ...statements: string[]): Promise<string[]> {
  if (!isSqliteUrl(url)) {
    return withClient(url, async (client) => {
      for (const statement of statements) await client.query(statement);
      const { rows } = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
      return rows.map(({ name }) => name);
    });
  }
  const db = new Database(parseSqliteUrl(url));
  try {
    db.pragma(`cipher='sqlcipher'`);
    db.pragma(`key="x'${encryptionKey}'"`);
    for (const statement of statements) db.exec(statement);
    return db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
  } finally {
    db.close();
  }
}

/** Gives a copy of a database random values of its own in place of those that its migrations wrote. */
export async function renewRandomValues(target: Target): Promise<void> {
  const there = (await tablesIn(target)).filter((table) => RANDOM[table] !== undefined);
  await tablesIn(target, ...there.map((table) => `update ${table} set ${RANDOM[table]?.()}`));
}
