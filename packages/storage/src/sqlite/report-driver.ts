import type { Driver } from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { TurnQueue } from '../turn-queue.ts';
import { LastingThread } from './lasting-thread.ts';
import type { Opening } from './sqlite-message.ts';
import { ThreadConnection } from './thread-connection.ts';

/**
 * Kysely's driver over a second thread of a database, which only reads and is started by the first question: it waits for no
 * commit and makes none wait. A statement sees the database at one moment; there are no transactions, since an open one would
 * keep the write-ahead log from being emptied.
 */
export class ReportDriver implements Driver {
  readonly #opening: Opening;
  readonly #scope: TransactionScope;
  readonly #turns = new TurnQueue(1, 0);
  #thread: LastingThread | undefined;

  constructor(path: string, key: string, scope: TransactionScope) {
    this.#opening = { path, key, readOnly: true };
    this.#scope = scope;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    await this.#turns.enter(false);
    try {
      this.#thread ??= await LastingThread.open(this.#opening);
      return new ThreadConnection(await this.#thread.current());
    } catch (error) {
      this.#turns.leave();
      throw error;
    }
  }

  async releaseConnection(): Promise<void> {
    this.#turns.leave();
  }

  async beginTransaction(): Promise<never> {
    throw new Error('Reports are read statement by statement.');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {
    // Behind everything that was asked for before.
    await this.#turns.enter(false);
    try {
      await this.#thread?.close();
    } finally {
      this.#turns.leave();
    }
  }
}
