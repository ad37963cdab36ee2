import { availableParallelism } from 'node:os';
import { type CinemaKey, ProtocolError } from '@ticket-check/protocol';
import type { Piscina } from 'piscina';
import type { Judged, Judgement } from './judge.ts';
import type { JudgingTask } from './judging-worker.ts';

export type JudgingPool = ReturnType<typeof createJudgingPool>;

/** `last` settles when all reports of a sender that came before are judged. */
type Sender = { waiting: number; last: Promise<unknown> };

/** How long one sender has a thread before the next has its turn. */
const TURN_MS = 20;
/** More than a thread gets through in a turn with the smallest keys would only be copied to it in vain. */
const MAX_A_TURN = 256;
/** Two reports of 1000, so that one can be judged while the next arrives. */
const MAX_OF_A_SENDER = 2000;
const MAX_WAITING = 50_000;
const IDLE_MS = 30_000;
const WORKER = new URL('./judging-worker.ts', import.meta.url);

/** A few threads (half of the cores) for codes that the keys at hand do not open: one costs up to 10 ms with 64 keys of RSA-4096. */
export function createJudgingPool({ threads = Math.max(1, availableParallelism() >> 1) } = {}) {
  let pool: Promise<Piscina<JudgingTask, Judgement[]>> | undefined;
  let isClosed = false;
  const senders = new Map<string, Sender>();
  let waiting = 0;

  function assertOpen(): void {
    if (isClosed) throw new Error('The threads that judge records have ended.');
  }

  /** One turn after the other: the pool's queue, in which each sender has one at a time, lets all senders have theirs. */
  async function judgeInTurns(records: readonly Judged[], keys: readonly CinemaKey[]): Promise<Judgement[]> {
    const judgements: Judgement[] = [];
    while (judgements.length < records.length) {
      assertOpen();
      // What could not be started (no file could be opened, say) is tried again by the next turn.
      pool ??= startPool(threads).catch((error: unknown) => {
        pool = undefined;
        throw error;
      });
      const started = await pool;
      // A pool that is asked after its end starts threads again.
      assertOpen();
      const next = records.slice(judgements.length, judgements.length + MAX_A_TURN);
      judgements.push(...(await started.run({ records: next, keys, forMs: TURN_MS })));
    }
    return judgements;
  }

  return {
    /** Judges records, senders in turns of some milliseconds. @throws ProtocolError OVERLOADED if too many wait already. */
    async judge(sender: string, records: readonly Judged[], keys: readonly CinemaKey[]): Promise<Judgement[]> {
      assertOpen();
      if (records.length === 0) return [];
      const own = senders.get(sender) ?? { waiting: 0, last: Promise.resolve() };
      if (own.waiting + records.length > MAX_OF_A_SENDER || waiting + records.length > MAX_WAITING) {
        throw new ProtocolError('OVERLOADED', 'too many records wait for a key that opens them; report again later');
      }
      senders.set(sender, own);
      own.waiting += records.length;
      waiting += records.length;
      const judged = own.last.then(() => judgeInTurns(records, keys));
      own.last = judged.catch(() => {});
      try {
        return await judged;
      } finally {
        own.waiting -= records.length;
        waiting -= records.length;
        if (own.waiting === 0) senders.delete(sender);
      }
    },
    /** Ends the threads; what waits fails, and what comes afterwards. */
    async close(): Promise<void> {
      isClosed = true;
      await (await pool?.catch(() => undefined))?.destroy();
    },
  };
}

async function startPool(maxThreads: number): Promise<Piscina<JudgingTask, Judgement[]>> {
  // Most services never see such a code.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: WORKER.href,
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_MS,
    // The parent's flags, such as --input-type, must not reach this thread.
    execArgv: [],
  });
}
