import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PostgresServer } from './postgres-process.ts';
import { renewRandomValues } from './random-values.ts';
import { type PostgresOriginal, readOriginal, resetCopy } from './reset-postgres.ts';

/** How long a reset waits for the end of what still works on a database. */
const END_LIMIT_MS = 5000;

/** A database that takes no statements, and those that are copies of it. */
interface Original {
  readonly content: PostgresOriginal;
  /** Copies that are as fresh ones. */
  readonly free: Copy[];
}

interface Copy {
  readonly name: string;
  /** The shape that it has unless somebody changed it. */
  readonly shape: string;
}

/**
 * Hands out databases of one server, empty ones and copies of others. A returned copy is reset, which takes a fifth of the time
 * of a new one; a copy whose tables were changed is dropped.
 */
export class PostgresDatabases {
  readonly #server: PostgresServer;
  readonly #control: pg.Pool;
  readonly #empty: string[] = [];
  readonly #originals = new Map<string, Promise<Original>>();
  readonly #lent = new Map<string, { original: Original; shape: string }>();

  constructor(server: PostgresServer) {
    this.#server = server;
    this.#control = new pg.Pool({ connectionString: server.url });
  }

  async take(): Promise<string> {
    return this.#urlOf(this.#empty.pop() ?? (await this.#create('template0')));
  }

  /** Makes an empty database a copy of another one, with ids and secrets of its own. Nobody may have either of them open. */
  async copy(from: string, to: string): Promise<void> {
    const [source, name] = [nameOf(from), nameOf(to)];
    const reading = this.#originals.get(source) ?? this.#read(from);
    this.#originals.set(source, reading);
    const original = await reading;
    const aside = newName();
    const free = original.free.pop() ?? (await this.#makeCopy(source, original));
    await this.#control.query(`alter database ${name} rename to ${aside}`);
    this.#empty.push(aside);
    await this.#control.query(`alter database ${free.name} rename to ${name}`);
    this.#lent.set(name, { original, shape: free.shape });
  }

  async giveBack(url: string): Promise<void> {
    const name = nameOf(url);
    const lent = this.#lent.get(name);
    this.#lent.delete(name);
    const shape = lent === undefined ? null : await this.#reset(url, lent);
    if (lent === undefined || shape === null) await this.#control.query(`drop database ${name} with (force)`);
    else lent.original.free.push({ name, shape });
  }

  close(): Promise<void> {
    return this.#control.end();
  }

  async #read(url: string): Promise<Original> {
    return { content: await connected(url, readOriginal), free: [] };
  }

  async #makeCopy(source: string, { content }: Original): Promise<Copy> {
    const name = await this.#create(source);
    await connected(this.#urlOf(name), (client) => client.query(renewRandomValues(content.tables).join(';')));
    return { name, shape: content.shape };
  }

  async #create(source: string): Promise<string> {
    const name = newName();
    await this.#control.query(`create database ${name} template ${source} strategy file_copy`);
    return name;
  }

  #reset(url: string, { original, shape }: { original: Original; shape: string }): Promise<string | null> {
    return connected(url, async (client) => {
      // Waits until they are gone: a commit cannot be interrupted, and its rows would appear in the next test.
      await client.query(
        'select pg_terminate_backend(pid, $1) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        [END_LIMIT_MS],
      );
      return resetCopy(client, original.content, shape);
    });
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

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
