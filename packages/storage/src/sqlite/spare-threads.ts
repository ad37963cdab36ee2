import { Worker } from 'node:worker_threads';
import type { Question } from './sqlite-message.ts';

const PROGRAM = new URL('./sqlite-thread-main.ts', import.meta.url);
/** The events that are forwarded; a thread keeps its own listeners for others. */
const EVENTS = ['message', 'messageerror', 'error', 'exit'];
/** The id of a thread that has ended. */
const ENDED = -1;

/** What a thread is for, for as long as it lives: one that reads has given way, and cannot go first again. */
export type ThreadUse = 'writing' | 'reading';

const spare: Readonly<Record<ThreadUse, Worker[]>> = { writing: [], reading: [] };
let most = 0;

/**
 * How many threads of each use that have closed their database stay for the next one: none by default. For a process that opens one
 * database after another: starting a thread takes longer than opening a file in it.
 */
export function keepThreads(count: number): void {
  most = count;
  for (const threads of Object.values(spare)) for (const thread of threads.splice(count)) end(thread);
}

/** A thread that has no database open. */
export function takeThread(use: ThreadUse): Worker {
  for (let thread = spare[use].pop(); thread !== undefined; thread = spare[use].pop()) {
    forget(thread);
    if (thread.threadId !== ENDED) return thread;
  }
  // The parent's flags, such as --input-type, must not reach this thread.
  return new Worker(PROGRAM, { name: 'sqlite', execArgv: [] });
}

/** Keeps a thread that has closed its database, or else ends it; returns whether it is kept. */
export function keepOrEnd(thread: Worker, use: ThreadUse): boolean {
  if (spare[use].length >= most) {
    end(thread);
    return false;
  }
  forget(thread);
  // Whatever ends it, the next database gets another one.
  thread.on('error', () => {});
  thread.unref();
  spare[use].push(thread);
  return true;
}

function forget(thread: Worker): void {
  for (const event of EVENTS) thread.removeAllListeners(event);
}

function end(thread: Worker): void {
  thread.postMessage({ do: 'end' } satisfies Question);
}
