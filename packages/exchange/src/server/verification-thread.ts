import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { type Envelope, type SignatureAlgorithm, type SignedParts, verifySignature } from '@ticket-check/protocol';

/** The parts of a request that its signature is about. */
export type SignedRequest = SignedParts & Pick<Envelope, 'signature'>;

export type Verification = {
  /** Whether a request was signed with the private half of a key. */
  verify(request: SignedRequest, key: KeyObject, algorithm: SignatureAlgorithm): Promise<boolean>;
};

/**
 * Verifies on the calling thread, as large requests are: they come one at a time, and QueryData of up to 4 MB would have to
 * be decoded for the other thread also where nobody signed it.
 */
export const verificationHere: Verification = {
  verify: async (request, key, algorithm) => verifySignature(request, key, algorithm),
};

/** A task for the thread: requests, and for each the number of the key to verify it with. */
export type Task = {
  /** Whether the thread has to drop the keys it knows. */
  readonly forget: boolean;
  /** Keys that the thread does not know yet, with the files of their algorithms. */
  readonly newKeys: readonly { readonly number: number; readonly key: KeyObject; readonly module: string }[];
  readonly keyNumbers: readonly number[];
  readonly requests: readonly SignedRequest[];
};

type Asked = {
  readonly request: SignedRequest;
  readonly key: KeyObject;
  readonly algorithm: SignatureAlgorithm;
  readonly answer: (verified: boolean) => void;
};

const PROGRAM = new URL('./verification-thread-main.ts', import.meta.url);
// Below this, handing requests over takes longer than verifying them here.
const FEWEST_SHARED = 8;
const MAX_KEYS = 10_000;

/**
 * Verifies signatures, the most expensive part of a request, on two threads: of what is asked for in one turn of the event
 * loop the worker does one half and the calling thread the other. The worker starts on first use.
 */
export class VerificationThread implements Verification {
  readonly #numbers = new Map<KeyObject, number>();
  readonly #shared: (readonly Asked[])[] = [];
  #worker: Worker | undefined;
  #turn: Asked[] = [];
  #closed = false;

  verify(request: SignedRequest, key: KeyObject, algorithm: SignatureAlgorithm): Promise<boolean> {
    return new Promise((answer) => {
      // By the next tick all requests of this turn have asked.
      if (this.#turn.length === 0) process.nextTick(() => this.#verifyTurn());
      this.#turn.push({ request, key, algorithm, answer });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #verifyTurn(): void {
    const turn = this.#turn;
    this.#turn = [];
    const share = this.#closed || turn.length < FEWEST_SHARED ? 0 : turn.length >> 1;
    if (share > 0) this.#handOver(turn.slice(0, share));
    verifyHere(turn.slice(share));
  }

  #handOver(shared: readonly Asked[]): void {
    this.#worker ??= this.#start();
    const forget = this.#numbers.size > MAX_KEYS;
    if (forget) this.#numbers.clear();
    const newKeys: Task['newKeys'][number][] = [];
    const keyNumbers = shared.map(({ key, algorithm: { module } }) => {
      const known = this.#numbers.get(key);
      if (known !== undefined) return known;
      const number = this.#numbers.size;
      this.#numbers.set(key, number);
      newKeys.push({ number, key, module });
      return number;
    });
    this.#shared.push(shared);
    const task: Task = { forget, newKeys, keyNumbers, requests: shared.map(({ request }) => partsOf(request)) };
    this.#worker.postMessage(task);
  }

  #start(): Worker {
    // The worker must not inherit flags of the process such as --input-type.
    const worker = new Worker(PROGRAM, { name: 'signatures', execArgv: [] });
    worker.unref();
    worker.on('message', (verified: readonly boolean[]) => {
      this.#shared.shift()?.forEach(({ answer }, index) => {
        answer(verified[index] === true);
      });
    });
    // However the worker ended, its share is done here, and the next turn starts another one.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#numbers.clear();
      for (const left of this.#shared.splice(0)) verifyHere(left);
    });
    return worker;
  }
}

function verifyHere(asked: readonly Asked[]): void {
  for (const { request, key, algorithm, answer } of asked) answer(verifySignature(request, key, algorithm));
}

/** Without what else an envelope holds, its QueryData above all. */
function partsOf({ version, datetime, username, api, queryText, signature }: SignedRequest): SignedRequest {
  return { version, datetime, username, api, queryText, signature };
}
