import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PostgresServer } from './postgres-process.ts';

/**
 * Hands out empty databases of one server. One that was given back is emptied, which is far quicker than to make
 * another.
 */
export class PostgresDatabases {
  readonly #server: PostgresServer;
  readonly #free: string[] = [];

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  async take(): Promise<string> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await query(this.#server.url, `create database ${name} template template0`);
    const url = new URL(this.#server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Makes an empty database a copy of another one. */
  async copy(from: string, to: string): Promise<void> {
    const copy = nameOf(to);
    await query(
      this.#server.url,
      `drop database ${copy}`,
      `create database ${copy} template ${nameOf(from)} strategy file_copy`,
    );
  }

  async giveBack(url: string): Promise<void> {
    await query(
      url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      'drop schema public cascade',
      'create schema public',
      `alter database ${nameOf(url)} reset all`,
    );
    this.#free.push(url);
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function query(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
