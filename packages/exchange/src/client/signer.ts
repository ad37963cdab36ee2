import type { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import type { Piscina } from 'piscina';
import type { SigningTask } from './signing-worker.ts';

export type SigningKey = {
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly form: string;
};

const WORKER = new URL('./signing-worker.ts', import.meta.url);

/** Signs requests with one key, which takes 0.3 to 1 ms: a single one here, those requested at the same time in threads. */
export function createSigner({ algorithm, privateKey, form }: SigningKey) {
  let starting: Promise<void> | undefined;
  let pool: Piscina<string, string> | undefined;
  let isClosed = false;
  let underWay = 0;
  let signedInTurn = false;

  async function start(): Promise<void> {
    const started = await startPool({ module: algorithm.module, name: algorithm.name, privateKey, form });
    try {
      await started.run('');
      if (!isClosed) pool = started;
    } finally {
      if (pool === undefined) await started.destroy();
    }
  }

  function signHere(text: string): string {
    signedInTurn = true;
    setImmediate(() => {
      signedInTurn = false;
    });
    return algorithm.sign(text, privateKey, form);
  }

  return {
    /** The Signature of a text, one line of Base64. Scheme 6.5.2.5. */
    async sign(text: string): Promise<string> {
      if (underWay === 0 && !signedInTurn) return signHere(text);
      if (!isClosed) starting ??= start().catch(() => {});
      if (pool === undefined) return signHere(text);
      underWay += 1;
      try {
        return await pool.run(text);
      } finally {
        underWay -= 1;
      }
    },
    /** Ends the threads; to be called when nothing is being signed. What is signed afterwards is signed here. */
    async close(): Promise<void> {
      isClosed = true;
      await starting;
      const ended = pool;
      pool = undefined;
      await ended?.close({ force: true });
    },
  };
}

/** All cores but the one of the event loop. */
async function startPool(workerData: SigningTask): Promise<Piscina<string, string>> {
  const threads = Math.max(1, availableParallelism() - 1);
  // Commands, and most terminals, never have two questions at a time.
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: WORKER.href,
    workerData,
    minThreads: threads,
    maxThreads: threads,
    // The parent's flags, such as --input-type, must not reach this thread.
    execArgv: [],
  });
}
