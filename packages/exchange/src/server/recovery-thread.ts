import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { recoverPayload } from '@ticket-check/protocol';

/** A task for the thread: the blocks, concatenated, and for each its length and the number of its key. */
export type Blocks = {
  /** Whether the thread has to drop the keys it knows. */
  readonly forget: boolean;
  readonly newKeys: readonly { readonly number: number; readonly key: KeyObject }[];
  readonly keyNumbers: readonly number[];
  readonly lengths: readonly number[];
  readonly blocks: Uint8Array<ArrayBuffer>;
};

/** The payload of each block as a latin1 string; null where another key made it. */
export type Payloads = readonly (string | null)[];

type Asked = { readonly block: Buffer; readonly key: KeyObject; readonly answer: (payload: Buffer | null) => void };

const PROGRAM = new URL('./recovery-thread-main.ts', import.meta.url);
// Below this, handing blocks over takes longer than recovering them here.
const FEWEST_SHARED = 8;
const MOST_KEYS = 10_000;

/**
 * Carries out the public RSA operation of signatures, the most expensive part of a request, on two threads: of what is
 * asked for in one turn of the event loop the worker does one half and the calling thread the other. The worker starts on
 * first use.
 */
export class RecoveryThread {
  readonly #numbers = new Map<KeyObject, number>();
  readonly #shared: (readonly Asked[])[] = [];
  #worker: Worker | undefined;
  #turn: Asked[] = [];
  #closed = false;
  readonly #recover: typeof recoverPayload;

  /** @param recover recovers a block on the calling thread; tests count the calls */
  constructor(recover: typeof recoverPayload = recoverPayload) {
    this.#recover = recover;
  }

  /** The payload that the private half of a key has put into a block; null when it was another key. */
  recover(block: Buffer, key: KeyObject): Promise<Buffer | null> {
    return new Promise((answer) => {
      // By the next tick all requests of this turn have asked.
      if (this.#turn.length === 0) process.nextTick(() => this.#recoverTurn());
      this.#turn.push({ block, key, answer });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #recoverTurn(): void {
    const turn = this.#turn;
    this.#turn = [];
    const share = this.#closed || turn.length < FEWEST_SHARED ? 0 : turn.length >> 1;
    if (share > 0) this.#handOver(turn.slice(0, share));
    this.#recoverHere(turn.slice(share));
  }

  #handOver(shared: readonly Asked[]): void {
    this.#worker ??= this.#start();
    const forget = this.#numbers.size > MOST_KEYS;
    if (forget) this.#numbers.clear();
    const newKeys: Blocks['newKeys'][number][] = [];
    const keyNumbers = shared.map(({ key }) => {
      const known = this.#numbers.get(key);
      if (known !== undefined) return known;
      const number = this.#numbers.size;
      this.#numbers.set(key, number);
      newKeys.push({ number, key });
      return number;
    });
    const blocks = new Uint8Array(Buffer.concat(shared.map(({ block }) => block)));
    const lengths = shared.map(({ block }) => block.length);
    this.#shared.push(shared);
    const message: Blocks = { forget, newKeys, keyNumbers, lengths, blocks };
    this.#worker.postMessage(message, [blocks.buffer]);
  }

  #start(): Worker {
    // The worker must not inherit flags of the process such as --input-type.
    const worker = new Worker(PROGRAM, { name: 'signatures', execArgv: [] });
    worker.unref();
    worker.on('message', (payloads: Payloads) => {
      this.#shared.shift()?.forEach(({ answer }, index) => {
        const payload = payloads[index] ?? null;
        answer(payload === null ? null : Buffer.from(payload, 'latin1'));
      });
    });
    // However the worker ended, its share is done here, and the next turn starts another one.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#numbers.clear();
      for (const left of this.#shared.splice(0)) this.#recoverHere(left);
    });
    return worker;
  }

  #recoverHere(asked: readonly Asked[]): void {
    for (const { block, key, answer } of asked) answer(this.#recover(block, key));
  }
}
