import type { Driver } from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { TurnQueue } from '../turn-queue.ts';
import { LastingThread } from './lasting-thread.ts';
import type { Opening } from './sqlite-message.ts';
import { ThreadConnection } from './thread-connection.ts';

/** A thread that nobody has asked for so long is ended: it holds more than 10 MB, and another one is there in some 30 ms. */
const IDLE_MS = 2000;

/**
 * Kysely's driver over a second thread of a database, which only reads and is there while there are questions: it waits for no
 * commit and makes none wait. A statement sees the database at one moment; there are no transactions, since an open one would
 * keep the write-ahead log from being emptied.
 */
export class ReportDriver implements Driver {
  readonly #opening: Opening;
  readonly #scope: TransactionScope;
  readonly #turns = new TurnQueue(1, 0);
  #thread: LastingThread | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(path: string, key: string, scope: TransactionScope) {
    this.#opening = { path, key, readOnly: true };
    this.#scope = scope;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    clearTimeout(this.#idle);
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
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      // One that cannot be closed has ended by itself.
      this.#endThread().catch(() => {});
    }, IDLE_MS).unref();
  }

  async beginTransaction(): Promise<never> {
    throw new Error('Reports are read statement by statement.');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#endThread();
  }

  /** Behind everything that was asked for before. */
  async #endThread(): Promise<void> {
    await this.#turns.enter(false);
    const thread = this.#thread;
    this.#thread = undefined;
    try {
      await thread?.close();
    } finally {
      this.#turns.leave();
    }
  }
}
