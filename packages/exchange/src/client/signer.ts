import type { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import type { Piscina } from 'piscina';
import type { SigningTask } from './signing-worker.ts';

/** A private key, and how to sign with it. */
export type SigningKey = {
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly form: string;
};

/** Signs requests with one key. */
export type Signer = {
  /** The Signature of a text, one line of Base64. Scheme 6.5.2.5. */
  sign(text: string): Promise<string>;
  /** Ends the threads; to be called when nothing is being signed. What is signed afterwards is signed here. */
  close(): Promise<void>;
};

/** Threads that could not be started (no file could be opened, say) are tried again no sooner. */
const START_AGAIN_MS = 1000;
const WORKER = new URL('./signing-worker.ts', import.meta.url);

/**
 * A signature costs the private operation of RSA, 0.3 to 1 ms: more than all the rest of a request. A single one is made
 * here, which is fastest. Those requested while another one is being made, or in the same turn of the event loop, are made
 * in threads, so that a thousand callers delay nobody else. Threads start on first demand without delaying anybody: until
 * then signatures are made here. They stay, for it would be no better the next time; where they could not be started, the
 * next signatures try again.
 */
export function createSigner({ algorithm, privateKey, form }: SigningKey): Signer {
  let pool: Promise<Piscina<string, string>> | undefined;
  let ready: Piscina<string, string> | undefined;
  let isClosed = false;
  let lastStart = Number.NEGATIVE_INFINITY;
  let underWay = 0;
  let signedInTurn = false;

  async function start(): Promise<void> {
    lastStart = performance.now();
    const starting = startPool({ module: algorithm.module, privateKey, form });
    pool = starting;
    try {
      const started = await starting;
      await started.run('');
      if (!isClosed) ready = started;
    } catch {
      // Closed before it was ready.
      if (isClosed) return;
      pool = undefined;
      await starting.then((started) => started.destroy()).catch(() => {});
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
    async sign(text) {
      if (underWay === 0 && !signedInTurn) return signHere(text);
      if (pool === undefined && !isClosed && performance.now() >= lastStart + START_AGAIN_MS) void start();
      if (ready === undefined) return signHere(text);
      underWay += 1;
      try {
        return await ready.run(text);
      } finally {
        underWay -= 1;
      }
    },
    async close() {
      isClosed = true;
      ready = undefined;
      await (await pool?.catch(() => undefined))?.close({ force: true });
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
