import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { type Answer, type Found, type Opening, type Question, unpackError, type Written } from './sqlite-message.ts';

type PendingQuestion = {
  readonly resolve: (answer: Found | Written) => void;
  readonly reject: (error: unknown) => void;
};

const PROGRAM = new URL('./sqlite-thread-main.ts', import.meta.url);

/** Threads that have closed their database. */
const spare: SqliteThread[] = [];
let maxSpare = 0;

/**
 * How many threads that have closed their database stay for the next one: none by default. For a process that opens one database
 * after another: starting a thread takes longer than opening a file in it. One that only reads has given way for good, and ends.
 */
export function keepThreads(count: number): void {
  maxSpare = count;
  for (const thread of spare.splice(count)) thread.end();
}

/**
 * A SQLite database in a thread of its own, so that neither a sync to disk nor a long query nor another process's lock
 * stops the event loop. It keeps the process alive only while a question is under way.
 */
export class SqliteThread {
  // The parent's flags, such as --input-type, must not reach this thread.
  readonly #worker = new Worker(PROGRAM, { name: 'sqlite', execArgv: [] });
  readonly #asked: PendingQuestion[] = [];
  readonly #exited: Promise<void>;
  #opening: Opening;
  #ended: StoreError | undefined;

  private constructor(opening: Opening) {
    this.#opening = opening;
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    // Which answer was lost is not known, so the thread is of no use any more, and must let go of its locks.
    this.#worker.on('messageerror', (error) => {
      this.#noteEnd(error);
      void this.#worker.terminate();
    });
    this.#worker.on('error', (error) => this.#noteEnd(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#noteEnd();
        resolve();
      });
    });
  }

  static async open(opening: Opening): Promise<SqliteThread> {
    const kept = opening.readOnly ? undefined : spare.pop();
    const thread = kept ?? new SqliteThread(opening);
    thread.#opening = opening;
    try {
      await thread.ask({ do: 'open', ...opening });
      return thread;
    } catch (error) {
      thread.#keepOrEnd();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves when a thread that has ended, or was asked to, is gone, with its connection and its locks. */
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
    return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
  }

  /** Closes the database and waits until the thread is gone, or kept for another one; one that has ended already is no error. */
  async close(): Promise<void> {
    if (!this.hasEnded) await this.ask({ do: 'close' });
    if (!this.#keepOrEnd()) await this.exited();
  }

  end(): void {
    this.#worker.postMessage({ do: 'end' } satisfies Question);
  }

  #keepOrEnd(): boolean {
    const isKept = !this.hasEnded && !this.#opening.readOnly && spare.length < maxSpare;
    if (isKept) spare.push(this);
    else this.end();
    return isKept;
  }

  #settle(answer: Answer): void {
    const asked = this.#asked.shift();
    if (this.#asked.length === 0) this.#worker.unref();
    if ('failed' in answer) asked?.reject(unpackError(answer.failed));
    else asked?.resolve(answer);
  }

  #noteEnd(cause?: Error): void {
    this.#ended ??= new StoreError(
      'THREAD_ENDED',
      `The thread that works on the database ${this.#opening.path} has ended; whether what was under way is committed is not known.`,
      cause === undefined ? {} : { cause },
    );
    for (const { reject } of this.#asked.splice(0)) reject(this.#ended);
    const place = spare.indexOf(this);
    if (place >= 0) spare.splice(place, 1);
  }
}
