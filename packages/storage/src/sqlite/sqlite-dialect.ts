import {
  type BinaryOperationNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { columnNames } from '../column-names.ts';
import { longListOf } from '../rows-as-table.ts';
import { StoreError } from '../store-error.ts';
import type { TransactionScope } from '../transaction-scope.ts';
import { type EndTurn, Turns, type TurnsDriver } from '../turns.ts';
import { type Opening, type TransactionState, unpackRows } from './sqlite-message.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { SqliteReader } from './statements.ts';

export function sqliteDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new LongListsCompiler(),
    createAdapter: () => new QueuelessAdapter(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  };
}

class QueuelessAdapter extends SqliteAdapter {
  // The driver has a queue of its own: Kysely's wakes everyone who waits whenever it is somebody's turn.
  override get supportsMultipleConnections(): true {
    return true;
  }
}

class LongListsCompiler extends SqliteQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = longListOf(node);
    if (list === null) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(` ${list.operator} (select value from json_each(`);
    this.appendValue(JSON.stringify(list.values));
    this.append('))');
  }
}

type FreeThread = { readonly thread: SqliteThread; readonly idle: NodeJS.Timeout | undefined };

/**
 * Kysely's driver over threads of a database: one that writes, or a few that only read. A transaction stays on its
 * thread; where that ends, the database takes back what was not committed, and the next to ask gets a new one.
 */
export class ThreadDriver implements TurnsDriver {
  readonly #opening: Opening;
  readonly #scope: TransactionScope;
  readonly #turns: Turns;
  readonly #idleMs: number | undefined;
  /** Whichever was used last is taken first, so that one that is not needed becomes idle. */
  readonly #free: FreeThread[] = [];
  #reader: SqliteReader | undefined;
  #closed = false;

  /** @param idleMs after how long without a question a thread is ended; never by default */
  constructor(opening: Opening, scope: TransactionScope, { threads, idleMs }: { threads: number; idleMs?: number }) {
    this.#opening = opening;
    this.#scope = scope;
    this.#turns = new Turns(threads);
    this.#idleMs = idleMs;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<ThreadConnection> {
    return this.acquire(false);
  }

  async acquire(urgent: boolean): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    const endTurn = await this.#turns.take(urgent);
    try {
      return new ThreadConnection(await this.#takeThread(), endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /** @throws StoreError THREAD_ENDED when the database was closed; what opening the database throws. */
  async #takeThread(): Promise<SqliteThread> {
    if (this.#closed) throw new StoreError('THREAD_ENDED', `The database ${this.#opening.path} was closed.`);
    const free = this.#free.pop();
    clearTimeout(free?.idle);
    if (free?.thread.hasEnded === false) return free.thread;
    // Until then the thread before holds its locks.
    await free?.thread.exited();
    return SqliteThread.open(this.#opening);
  }

  async releaseConnection({ thread, endTurn }: ThreadConnection): Promise<void> {
    const idleMs = this.#idleMs;
    // One that cannot be closed has ended already.
    const endIdle = () => this.#endIdle(thread).catch(() => {});
    this.#free.push({ thread, idle: idleMs === undefined ? undefined : setTimeout(endIdle, idleMs).unref() });
    endTurn();
  }

  async #endIdle(thread: SqliteThread): Promise<void> {
    const place = this.#free.findIndex((free) => free.thread === thread);
    this.#free.splice(place, 1);
    // Takes the turn that belonged to the thread, so that `destroy` waits for its end.
    const endTurn = await this.#turns.take(false);
    try {
      await thread.close();
    } finally {
      endTurn();
    }
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
    const connection = await this.acquire(urgent);
    try {
      await connection.thread.ask({ do: 'batch', queries });
    } finally {
      await this.releaseConnection(connection);
    }
  }

  /** The rows at once, or null if they have to be asked for in the ordinary way. */
  readCommitted(query: CompiledQuery): Record<string, unknown>[] | null {
    this.#scope.assertOutside();
    if (this.#closed) return null;
    this.#reader ??= new SqliteReader(this.#opening.path, this.#opening.key);
    return this.#reader.read(query);
  }

  /** Behind everything that was asked for before. */
  async destroy(): Promise<void> {
    await this.#turns.idle();
    this.#closed = true;
    this.#reader?.close();
    const free = this.#free.splice(0);
    for (const { idle } of free) clearTimeout(idle);
    for (const { thread } of free) await thread.close();
  }
}

/** For one use after another on the same thread: a transaction must not go on on another. */
class ThreadConnection implements DatabaseConnection {
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
    // Under camelCase names: `namesInQueries` leaves them as they are.
    if ('columns' in answer)
      return {
        rows: unpackRows({ ...answer, columns: answer.columns.map((name) => columnNames.camelCase(name)) }) as R[],
      };
    return { rows: [], numAffectedRows: BigInt(answer.changes), insertId: BigInt(answer.insertId) };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to give
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Large results are read in pages, by key.');
  }
}
