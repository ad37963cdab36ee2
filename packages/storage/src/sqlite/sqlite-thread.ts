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
export type SqliteThread = ReturnType<typeof startThread>;

export async function openThread(opening: Opening): Promise<SqliteThread> {
  const thread = (opening.readOnly ? undefined : spare.pop()) ?? startThread();
  try {
    await thread.open(opening);
    return thread;
  } catch (error) {
    thread.keepOrEnd();
    throw error;
  }
}

function startThread() {
  // The parent's flags, such as --input-type, must not reach this thread.
  const worker = new Worker(PROGRAM, { name: 'sqlite', execArgv: [] });
  const asked: PendingQuestion[] = [];
  let opened: Opening | undefined;
  let ended: StoreError | undefined;
  const exit = Promise.withResolvers<void>();
  worker.on('message', settle);
  // Which answer was lost is not known, so the thread is of no use any more, and must let go of its locks.
  worker.on('messageerror', (error) => {
    noteEnd(error);
    void worker.terminate();
  });
  worker.on('error', noteEnd);
  worker.once('exit', () => {
    noteEnd();
    exit.resolve();
  });

  function settle(answer: Answer): void {
    const first = asked.shift();
    if (asked.length === 0) worker.unref();
    if ('failed' in answer) first?.reject(unpackError(answer.failed));
    else first?.resolve(answer);
  }

  function noteEnd(cause?: Error): void {
    ended ??= new StoreError(
      'THREAD_ENDED',
      `The thread that works on the database ${opened?.path} has ended; whether what was under way is committed is not known.`,
      cause === undefined ? {} : { cause },
    );
    for (const { reject } of asked.splice(0)) reject(ended);
    const place = spare.indexOf(thread);
    if (place >= 0) spare.splice(place, 1);
  }

  const thread = {
    hasEnded: () => ended !== undefined,
    /** @throws StoreError THREAD_ENDED when the thread has ended or ends before it answers. */
    ask(question: Question): Promise<Found | Written> {
      if (ended !== undefined) return Promise.reject(ended);
      try {
        worker.postMessage(question);
      } catch (error) {
        return Promise.reject(error);
      }
      if (asked.length === 0) worker.ref();
      return new Promise((resolve, reject) => asked.push({ resolve, reject }));
    },
    async open(opening: Opening): Promise<void> {
      opened = opening;
      await thread.ask({ do: 'open', ...opening });
    },
    /** Resolves when a thread that has ended, or was asked to, is gone, with its connection and its locks. */
    async exited(): Promise<void> {
      worker.ref();
      await exit.promise;
    },
    /** Closes the database and waits until the thread is gone, or kept for another one; one that has ended already is no error. */
    async close(): Promise<void> {
      if (ended === undefined) await thread.ask({ do: 'close' });
      if (!thread.keepOrEnd()) await thread.exited();
    },
    keepOrEnd(): boolean {
      const isKept = ended === undefined && !opened?.readOnly && spare.length < maxSpare;
      if (isKept) spare.push(thread);
      else thread.end();
      return isKept;
    },
    end: () => worker.postMessage({ do: 'end' } satisfies Question),
  };
  return thread;
}
