import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { columnInJavaScript } from '../column-names.ts';
import type { EndTurn } from '../turns.ts';
import { type Found, type TransactionState, unpackRows } from './sqlite-message.ts';
import type { SqliteThread } from './sqlite-thread.ts';

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
