import { StoreError } from '../store-error.ts';
import type { Opening } from './sqlite-message.ts';
import { SqliteThread } from './sqlite-thread.ts';

const BETWEEN_RESTARTS_MS = 1000;

/**
 * The thread of a database, replaced by a new one when it has ended (out of memory, for example). Work in several steps,
 * such as a transaction, must stay on the thread that `current` returned: the database has rolled back what was not
 * committed on an ended one, so the next step must not go on elsewhere.
 */
export class LastingThread {
  readonly #opening: Opening;
  #thread: SqliteThread;
  // A thread that ends at once must not be started in a tight loop; its first end counts for nothing.
  #restartedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(opening: Opening, thread: SqliteThread) {
    this.#opening = opening;
    this.#thread = thread;
  }

  static async open(opening: Opening): Promise<LastingThread> {
    return new LastingThread(opening, await SqliteThread.open(opening));
  }

  /**
   * A thread that has not ended. One caller at a time.
   *
   * @throws StoreError THREAD_ENDED when one was started again within the last second or the database was closed; what
   * opening the database throws.
   */
  async current(): Promise<SqliteThread> {
    if (!this.#thread.hasEnded) return this.#thread;
    if (this.#closed) throw new StoreError('THREAD_ENDED', `The database ${this.#opening.path} was closed.`);
    if (performance.now() - this.#restartedAt < BETWEEN_RESTARTS_MS) {
      throw new StoreError(
        'THREAD_ENDED',
        `The thread that works on the database ${this.#opening.path} has ended again; nothing was done. Try again in a second: it is started again then.`,
      );
    }
    this.#restartedAt = performance.now();
    // Until then the thread before holds its locks.
    await this.#thread.exited();
    this.#thread = await SqliteThread.open(this.#opening);
    return this.#thread;
  }

  /** Closes the database and waits until the thread is gone. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#thread.close();
  }
}
