import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { columnInJavaScript } from '../column-names.ts';
import { StoreError } from '../store-error.ts';
import type { TransactionScope } from '../transaction-scope.ts';
import { type EndTurn, Turns, type TurnsDriver } from '../turns.ts';
import { type Found, type Opening, type TransactionState, unpackRows } from './sqlite-message.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { SqliteReader } from './statements.ts';

const BETWEEN_RESTARTS_MS = 1000;

/** Kysely's driver over the thread of a database, which serves one after the other. */
export class ThreadDriver implements TurnsDriver {
  readonly #opening: Opening;
  readonly #scope: TransactionScope;
  readonly #turns = new Turns(1);
  #thread: SqliteThread;
  // A thread that ends at once must not be started in a tight loop; its first end counts for nothing.
  #restartedAt = Number.NEGATIVE_INFINITY;
  #reader: SqliteReader | undefined;
  #closed = false;

  private constructor(opening: Opening, thread: SqliteThread, scope: TransactionScope) {
    this.#opening = opening;
    this.#thread = thread;
    this.#scope = scope;
  }

  static async open(path: string, key: string, scope: TransactionScope): Promise<ThreadDriver> {
    const opening = { path, key };
    return new ThreadDriver(opening, await SqliteThread.open(opening), scope);
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<ThreadConnection> {
    return this.acquire(false);
  }

  async acquire(urgent: boolean): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    const endTurn = await this.#turns.take(urgent);
    try {
      return new ThreadConnection(await this.#currentThread(), endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /**
   * The thread, or a new one where that has ended (out of memory, for example). Work in several steps, such as a transaction,
   * stays on the thread that it began on: the database has rolled back what was not committed on an ended one.
   *
   * @throws StoreError THREAD_ENDED when one was started again within the last second or the database was closed; what
   * opening the database throws.
   */
  async #currentThread(): Promise<SqliteThread> {
    if (!this.#thread.hasEnded) return this.#thread;
    const { path } = this.#opening;
    if (this.#closed) throw new StoreError('THREAD_ENDED', `The database ${path} was closed.`);
    if (performance.now() - this.#restartedAt < BETWEEN_RESTARTS_MS) {
      throw new StoreError(
        'THREAD_ENDED',
        `The thread that works on the database ${path} has ended again; nothing was done. Try again in a second: it is started again then.`,
      );
    }
    this.#restartedAt = performance.now();
    // Until then the thread before holds its locks.
    await this.#thread.exited();
    this.#thread = await SqliteThread.open(this.#opening);
    return this.#thread;
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
    this.#reader ??= new SqliteReader(this.#opening.path, this.#opening.key);
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

/** Under camelCase names: `namesInQueries` leaves them as they are. */
function rowsOf({ columns, values }: Found): Record<string, unknown>[] {
  return unpackRows({ columns: columns.map(columnInJavaScript), values });
}

/** For one use after another on the same thread: a transaction must not go on on another. */
export class ThreadConnection implements DatabaseConnection {
  readonly thread: SqliteThread;
  readonly endTurn: EndTurn;
  /** The place of the next statement. The first one of a transaction carries the begin, which saves a message. */
  transaction: TransactionState = 'none';

  constructor(thread: SqliteThread, endTurn: EndTurn) {
    this.thread = thread;
    this.endTurn = endTurn;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { transaction } = this;
    if (transaction === 'begins') this.transaction = 'open';
    const answer = await this.thread.ask({ do: 'query', sql, parameters, transaction });
    if ('columns' in answer) return { rows: rowsOf(answer) as R[] };
    return { rows: [], numAffectedRows: BigInt(answer.changes), insertId: BigInt(answer.insertId) };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Large results are read in pages, by key.');
  }
}
