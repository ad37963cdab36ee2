import type { CompiledQuery } from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { Turns } from '../turns.ts';
import type { TurnsDriver } from '../urgent-driver.ts';
import { LastingThread } from './lasting-thread.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { ThreadConnection } from './thread-connection.ts';

/** Kysely's driver over the thread of a database, which serves one after the other. */
export class ThreadDriver implements TurnsDriver {
  readonly #thread: LastingThread;
  readonly #scope: TransactionScope;
  readonly #turns = new Turns(1);
  readonly #openReader: () => SqliteReader;
  #reader: SqliteReader | undefined;
  #closed = false;

  private constructor(thread: LastingThread, scope: TransactionScope, openReader: () => SqliteReader) {
    this.#thread = thread;
    this.#scope = scope;
    this.#openReader = openReader;
  }

  static async open(path: string, key: string, scope: TransactionScope): Promise<ThreadDriver> {
    const thread = await LastingThread.open({ path, key });
    return new ThreadDriver(thread, scope, () => new SqliteReader(path, key));
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<ThreadConnection> {
    return this.acquire(false);
  }

  async acquire(urgent: boolean): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    const endTurn = await this.#turns.take(urgent);
    try {
      return new ThreadConnection(await this.#thread.current(), endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async releaseConnection({ endTurn }: ThreadConnection): Promise<void> {
    endTurn();
  }

  async beginTransaction(connection: ThreadConnection): Promise<void> {
    connection.transaction = 'begins';
  }

  async commitTransaction(connection: ThreadConnection): Promise<void> {
    const { thread, transaction } = connection;
    if (transaction === 'open') await thread.ask({ do: 'query', sql: 'commit', parameters: [], transaction });
    connection.transaction = 'none';
  }

  async rollbackTransaction(connection: ThreadConnection): Promise<void> {
    // With the thread the database has taken its transaction back.
    if (!connection.thread.hasEnded) await connection.thread.ask({ do: 'rollback' });
    connection.transaction = 'none';
  }

  /** Runs statements as one transaction of its own, in one message to the thread. */
  async batch(statements: readonly CompiledQuery[], urgent: boolean): Promise<void> {
    const queries = statements.map(({ sql, parameters }) => ({ sql, parameters }));
    const { thread, endTurn } = await this.acquire(urgent);
    try {
      await thread.ask({ do: 'batch', queries });
    } finally {
      endTurn();
    }
  }

  /** The rows at once, or null if they have to be asked for in the ordinary way. */
  readCommitted(query: CompiledQuery): Record<string, unknown>[] | null {
    this.#scope.assertOutside();
    if (this.#closed) return null;
    this.#reader ??= this.#openReader();
    return this.#reader.read(query);
  }

  async destroy(): Promise<void> {
    // Behind everything that was asked for before.
    const endTurn = await this.#turns.take(false);
    this.#closed = true;
    try {
      this.#reader?.close();
      await this.#thread.close();
    } finally {
      endTurn();
    }
  }
}
