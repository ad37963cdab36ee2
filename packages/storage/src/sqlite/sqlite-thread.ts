import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { type Answer, type Found, type Opening, type Question, unpackError, type Written } from './sqlite-message.ts';

type PendingQuestion = {
  readonly resolve: (answer: Found | Written) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * A SQLite database in a thread of its own, so that neither a sync to disk nor a long query nor another process's lock
 * stops the event loop. It keeps the process alive only while a question is under way.
 */
export class SqliteThread {
  readonly #path: string;
  readonly #readOnly: boolean;
  readonly #worker: Worker;
  readonly #asked: PendingQuestion[] = [];
  readonly #exited: Promise<void>;
  #ended: StoreError | undefined;
  /** Kept for another database, so no longer of this one. */
  #isKept = false;

  private constructor({ path, readOnly = false }: Opening) {
    this.#path = path;
    this.#readOnly = readOnly;
    this.#worker = takeThread(readOnly);
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

  static async open(opening: Opening): Promise<SqliteThread> {
    const thread = new SqliteThread(opening);
    try {
      await thread.ask({ do: 'open', ...opening });
      return thread;
    } catch (error) {
      if (!thread.hasEnded) thread.#leave();
      throw error;
    }
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves when an ended thread is gone, with its connection and its locks. */
  async exited(): Promise<void> {
    if (this.#isKept) return;
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

  /** Closes the database and waits until the thread is gone, or kept for another one; one that has ended already is no error. */
  async close(): Promise<void> {
    if (!this.hasEnded) await this.ask({ do: 'close' });
    if (!this.hasEnded) this.#leave();
    await this.exited();
  }

  #leave(): void {
    this.#isKept = keepOrEnd(this.#worker, this.#readOnly);
    if (this.#isKept) this.#end();
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

const PROGRAM = new URL('./sqlite-thread-main.ts', import.meta.url);
/** The events that are forwarded; a thread keeps its own listeners for others. */
const EVENTS = ['message', 'messageerror', 'error', 'exit'];
/** The id of a thread that has ended. */
const ENDED = -1;

const spare: Worker[] = [];
let most = 0;

/**
 * How many threads that have closed their database stay for the next one: none by default. For a process that opens one database
 * after another: starting a thread takes longer than opening a file in it. One that only reads has given way for good, and ends.
 */
export function keepThreads(count: number): void {
  most = count;
  for (const thread of spare.splice(count)) end(thread);
}

/** A thread that has no database open. */
function takeThread(readOnly: boolean): Worker {
  for (let thread = readOnly ? undefined : spare.pop(); thread !== undefined; thread = spare.pop()) {
    forget(thread);
    if (thread.threadId !== ENDED) return thread;
  }
  // The parent's flags, such as --input-type, must not reach this thread.
  return new Worker(PROGRAM, { name: 'sqlite', execArgv: [] });
}

/** Keeps a thread that has closed its database, or else ends it; returns whether it is kept. */
function keepOrEnd(thread: Worker, readOnly: boolean): boolean {
  if (readOnly || spare.length >= most) {
    end(thread);
    return false;
  }
  forget(thread);
  // Whatever ends it, the next database gets another one.
  thread.on('error', () => {});
  thread.unref();
  spare.push(thread);
  return true;
}

function forget(thread: Worker): void {
  for (const event of EVENTS) thread.removeAllListeners(event);
}

function end(thread: Worker): void {
  thread.postMessage({ do: 'end' } satisfies Question);
}
