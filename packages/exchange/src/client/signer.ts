import { availableParallelism } from 'node:os';
import { sign } from '@ticket-check/protocol';
import { Piscina } from 'piscina';
import type { SigningKey } from './signing-worker.ts';

/** Signs requests with one key. */
export type Signer = {
  /** The Signature of a text, one line of Base64. Scheme 6.5.2.5. */
  sign(text: string): Promise<string>;
  /** Ends the threads; to be called when nothing is being signed. */
  close(): Promise<void>;
};

const WORKER = new URL('./signing-worker.ts', import.meta.url);
const IDLE_MS = 30_000;

/**
 * A signature costs the private operation of RSA, 0.3 to 1 ms: more than all the rest of a request. A lone one is made
 * here, which is soonest done. Those asked for while another one is being made, or in the same turn of the event loop, are
 * made in threads, so that a thousand callers keep nobody else waiting.
 */
export function createSigner({ privateKey, form }: SigningKey): Signer {
  let pool: Piscina<string, string> | undefined;
  let underWay = 0;
  let signedInTurn = false;

  function signHere(text: string): string {
    signedInTurn = true;
    setImmediate(() => {
      signedInTurn = false;
    });
    return sign(text, privateKey, form);
  }

  return {
    async sign(text) {
      if (underWay === 0 && !signedInTurn) return signHere(text);
      pool ??= startPool({ privateKey, form });
      underWay += 1;
      try {
        return await pool.run(text);
      } finally {
        underWay -= 1;
      }
    },
    close: async () => pool?.close(),
  };
}

/** All cores but the one of the event loop; a thread starts when it is first needed and ends after 30 idle seconds. */
function startPool(workerData: SigningKey): Piscina<string, string> {
  return new Piscina({
    filename: WORKER.href,
    workerData,
    minThreads: 0,
    maxThreads: Math.max(1, availableParallelism() - 1),
    idleTimeout: IDLE_MS,
    // Flags of the process, such as --input-type, are not meant for this program.
    execArgv: [],
  });
}
