import {
  type BinaryOperationNode,
  type CompiledQuery,
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
import { openThread, type SqliteThread } from './sqlite-thread.ts';
import { openReader } from './statements.ts';

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

/**
 * Kysely's driver over threads of a database: one that writes, or a few that only read. A transaction stays on its
 * thread; where that ends, the database takes back what was not committed, and the next to ask gets a new one.
 */
export function threadDriver(opening: Opening, scope: TransactionScope, threads: number) {
  const turns = new Turns(threads);
  /** Whichever was used last is taken first, so that one that is not needed is not started. */
  const free: SqliteThread[] = [];
  let reader: ReturnType<typeof openReader> | undefined;
  let isClosed = false;

  async function acquire(urgent: boolean): Promise<ThreadConnection> {
    scope.assertOutside();
    const endTurn = await turns.take(urgent);
    try {
      return connectionOf(await takeThread(), endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  /** @throws StoreError THREAD_ENDED when the database was closed; what opening the database throws. */
  async function takeThread(): Promise<SqliteThread> {
    if (isClosed) throw new StoreError('THREAD_ENDED', `The database ${opening.path} was closed.`);
    const thread = free.pop();
    if (thread?.hasEnded() === false) return thread;
    // Until then the thread before holds its locks.
    await thread?.exited();
    return openThread(opening);
  }

  async function release({ thread, endTurn }: ThreadConnection): Promise<void> {
    free.push(thread);
    endTurn();
  }

  const driver = {
    async init() {},
    acquire,
    acquireConnection: () => acquire(false),
    releaseConnection: release,
    async beginTransaction(connection: ThreadConnection) {
      connection.transaction = 'begins';
    },
    async commitTransaction(connection: ThreadConnection) {
      const { thread, transaction } = connection;
      if (transaction === 'open') await thread.ask({ do: 'query', sql: 'commit', parameters: [], transaction });
      connection.transaction = 'none';
    },
    async rollbackTransaction(connection: ThreadConnection) {
      // With the thread the database has taken its transaction back.
      if (!connection.thread.hasEnded()) await connection.thread.ask({ do: 'rollback' });
      connection.transaction = 'none';
    },
    /** Behind everything that was asked for before. */
    async destroy() {
      await turns.idle();
      isClosed = true;
      reader?.close();
      for (const thread of free.splice(0)) await thread.close();
    },
  } satisfies TurnsDriver;

  return {
    ...driver,
    /** Runs statements as one transaction of its own, in one message to the thread. */
    async batch(statements: readonly CompiledQuery[], urgent: boolean): Promise<void> {
      const queries = statements.map(({ sql, parameters }) => ({ sql, parameters }));
      const connection = await acquire(urgent);
      try {
        await connection.thread.ask({ do: 'batch', queries });
      } finally {
        await release(connection);
      }
    },
    /** The rows at once, or null if they have to be asked for in the ordinary way. */
    readCommitted(query: CompiledQuery): Record<string, unknown>[] | null {
      scope.assertOutside();
      if (isClosed) return null;
      reader ??= openReader(opening.path, opening.key);
      return reader.read(query);
    },
  };
}

type ThreadConnection = ReturnType<typeof connectionOf>;

/** For one use after another on the same thread: a transaction must not go on on another. */
function connectionOf(thread: SqliteThread, endTurn: EndTurn) {
  const connection = {
    thread,
    endTurn,
    /** The place of the next statement. The first one of a transaction carries the begin, which saves a message. */
    transaction: 'none' as TransactionState,
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { transaction } = connection;
      if (transaction === 'begins') connection.transaction = 'open';
      const answer = await thread.ask({ do: 'query', sql, parameters, transaction });
      if (!('columns' in answer))
        return { rows: [], numAffectedRows: BigInt(answer.changes), insertId: BigInt(answer.insertId) };
      // Under camelCase names: `namesInQueries` leaves them as they are.
      const columns = answer.columns.map((name) => columnNames.camelCase(name));
      return { rows: unpackRows({ ...answer, columns }) as R[] };
    },
    streamQuery(): never {
      throw new Error('Large results are read in pages, by key.');
    },
  };
  return connection;
}
