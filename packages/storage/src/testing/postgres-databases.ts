import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connect, renewRandomValues } from './plain-connection.ts';
import type { PostgresServer } from './postgres-process.ts';

/** Hands out databases of one server, empty ones and copies of others; a returned one is dropped. */
export class PostgresDatabases {
  readonly #server: PostgresServer;
  readonly #control: pg.Pool;
  /** Empty ones whose name went to a copy. */
  readonly #empty: string[] = [];

  constructor(server: PostgresServer) {
    this.#server = server;
    this.#control = new pg.Pool({ connectionString: server.url });
  }

  async take(): Promise<string> {
    const empty = this.#empty.pop();
    if (empty !== undefined) return this.#urlOf(empty);
    const name = newName();
    await this.#create(name, 'template0');
    return this.#urlOf(name);
  }

  /** Makes an empty database a copy of another one, with ids and secrets of its own. Nobody may have that one open. */
  async copy(from: string, to: string): Promise<void> {
    const [source, name, aside] = [nameOf(from), nameOf(to), newName()];
    // A pooler may still have some.
    await this.#control.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await this.#control.query(`alter database ${name} rename to ${aside}`);
    this.#empty.push(aside);
    await this.#create(name, source);
    const connection = await connect({ url: to, encryptionKey: '' });
    try {
      for (const statement of renewRandomValues(await connection.tables())) await connection.run(statement);
    } finally {
      await connection.close();
    }
  }

  async giveBack(url: string): Promise<void> {
    await this.#control.query(`drop database ${nameOf(url)} with (force)`);
  }

  close(): Promise<void> {
    return this.#control.end();
  }

  async #create(name: string, source: string): Promise<void> {
    await this.#control.query(`create database ${name} template ${source} strategy file_copy`);
  }

  #urlOf(name: string): string {
    const url = new URL(this.#server.url);
    url.pathname = `/${name}`;
    return url.href;
  }
}

function newName(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
