import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { type Answer, type Found, type Opening, type Question, unpackError, type Written } from './sqlite-message.ts';

const PROGRAM = new URL('./sqlite-thread-main.ts', import.meta.url);

type Asked = { readonly resolve: (answer: Found | Written) => void; readonly reject: (error: unknown) => void };

/**
 * A SQLite database in a thread of its own, so that neither a sync to disk nor a long query nor another process's lock
 * stops the event loop. It keeps the process alive only while a question is under way.
 */
export class SqliteThread {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #asked: Asked[] = [];
  readonly #exited: Promise<void>;
  #ended: StoreError | undefined;

  private constructor(opening: Opening) {
    this.#path = opening.path;
    // Flags of the process, such as --input-type, are not meant for this program.
    this.#worker = new Worker(PROGRAM, { name: 'sqlite', workerData: opening, execArgv: [] });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    // Which answer was lost is not known, so the thread is of no use any more, and must let go of its locks.
    this.#worker.on('messageerror', (error) => {
      this.#end(error);
      void this.#worker.terminate();
    });
    this.#worker.on('error', (error) => this.#end(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end();
        resolve();
      });
    });
  }

  /** Opens the database, as `openSqliteFile` does. */
  static async open(opening: Opening): Promise<SqliteThread> {
    const thread = new SqliteThread(opening);
    await thread.#answered();
    return thread;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves when an ended thread is gone, with its connection and its locks. */
  async exited(): Promise<void> {
    this.#worker.ref();
    await this.#exited;
  }

  /** @throws StoreError THREAD_ENDED when the thread has ended or ends before it answers. */
  ask(question: Question): Promise<Found | Written> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    try {
      this.#worker.postMessage(question);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#asked.length === 0) this.#worker.ref();
    return this.#answered();
  }

  /** Closes the database and waits until the thread is gone; one that has ended already is no error. */
  async close(): Promise<void> {
    if (!this.hasEnded) await this.ask({ do: 'close' });
    await this.exited();
  }

  #answered(): Promise<Found | Written> {
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }

  #settle(answer: Answer): void {
    const asked = this.#asked.shift();
    if (this.#asked.length === 0) this.#worker.unref();
    if ('failed' in answer) asked?.reject(unpackError(answer.failed));
    else asked?.resolve(answer);
  }

  #end(cause?: Error): void {
    this.#ended ??= new StoreError(
      'THREAD_ENDED',
      `The thread that works on the database ${this.#path} has ended; whether what was under way is committed is not known.`,
      cause === undefined ? {} : { cause },
    );
    for (const { reject } of this.#asked.splice(0)) reject(this.#ended);
  }
}
