import type { Driver } from 'kysely';
import type { TransactionScope } from '../transaction-scope.ts';
import { Turns } from '../turns.ts';
import type { Opening } from './sqlite-message.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { ThreadConnection } from './thread-driver.ts';

/** So that a short question waits behind no long report. */
const MAX_THREADS = 2;
/** A thread idle for this long is ended: it holds more than 10 MB, and a new one starts in some 30 ms. */
const IDLE_MS = 2000;

type Free = { readonly thread: SqliteThread; readonly idle: NodeJS.Timeout };

/**
 * Kysely's driver over further threads of a database, which only read and are there while there are questions: they wait for no
 * commit and make none wait. A statement sees the database at one moment; there are no transactions, since an open one would
 * keep the write-ahead log from being emptied.
 */
export class ReportDriver implements Driver {
  readonly #opening: Opening;
  readonly #scope: TransactionScope;
  readonly #turns = new Turns(MAX_THREADS);
  /** Whichever was used last is taken first, so that one that is not needed becomes idle. */
  readonly #free: Free[] = [];
  #isEnding = false;

  constructor(path: string, key: string, scope: TransactionScope) {
    this.#opening = { path, key, readOnly: true };
    this.#scope = scope;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    this.#scope.assertOutside();
    const endTurn = await this.#turns.take(false);
    try {
      return new ThreadConnection(this.#takeFree() ?? (await SqliteThread.open(this.#opening)), endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async releaseConnection({ thread, endTurn }: ThreadConnection): Promise<void> {
    this.#setFree(thread);
    endTurn();
  }

  async beginTransaction(): Promise<never> {
    throw new Error('Reports are read statement by statement.');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  /** Behind everything that was asked for before. */
  async destroy(): Promise<void> {
    this.#isEnding = true;
    await this.#turns.idle();
    for (let thread = this.#takeFree(); thread !== undefined; thread = this.#takeFree()) await thread.close();
  }

  #takeFree(): SqliteThread | undefined {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      clearTimeout(free.idle);
      if (!free.thread.hasEnded) return free.thread;
    }
    return undefined;
  }

  #setFree(thread: SqliteThread): void {
    const idle = setTimeout(() => {
      // A thread that cannot be closed has ended already.
      if (!this.#isEnding) this.#endIdle(thread).catch(() => {});
    }, IDLE_MS).unref();
    this.#free.push({ thread, idle });
  }

  async #endIdle(thread: SqliteThread): Promise<void> {
    const at = this.#free.findIndex((free) => free.thread === thread);
    this.#free.splice(at, 1);
    // Takes the turn that belonged to the thread, so that `destroy` waits for its end.
    const endTurn = await this.#turns.take(false);
    try {
      await thread.close();
    } finally {
      endTurn();
    }
  }
}
