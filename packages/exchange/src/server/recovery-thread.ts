import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { recoverPayload } from '@ticket-check/protocol';

/** What the thread is asked: the blocks one after another, and for each its length and the number of its key. */
export type Blocks = {
  /** Whether the keys that it was told before count no longer. */
  readonly forget: boolean;
  readonly newKeys: readonly { readonly number: number; readonly key: KeyObject }[];
  readonly keyNumbers: readonly number[];
  readonly lengths: readonly number[];
  readonly blocks: Uint8Array<ArrayBuffer>;
};

/** For each block its payload, a character a byte; null where another key made it. */
export type Payloads = readonly (string | null)[];

type Asked = { readonly block: Buffer; readonly key: KeyObject; readonly answer: (payload: Buffer | null) => void };

const PROGRAM = new URL('./recovery-thread-main.ts', import.meta.url);
// Fewer are done sooner than they are handed over.
const FEWEST_SHARED = 8;
const MOST_KEYS = 10_000;

/**
 * Carries out the public operation of signatures, the dearest part of a request, on two threads at once: of what is
 * asked for in one turn of the event loop the thread does half while the caller does the other. The thread starts when
 * there is first something to share.
 */
export class RecoveryThread {
  readonly #numbers = new Map<KeyObject, number>();
  readonly #shared: (readonly Asked[])[] = [];
  #worker: Worker | undefined;
  #turn: Asked[] = [];
  #closed = false;
  readonly #recover: typeof recoverPayload;

  /** @param recover what this thread does with a block; tests count it */
  constructor(recover: typeof recoverPayload = recoverPayload) {
    this.#recover = recover;
  }

  /** What the private half of a key has put into a block; null when it was another key. */
  recover(block: Buffer, key: KeyObject): Promise<Buffer | null> {
    return new Promise((answer) => {
      // By the next tick everyone who is woken together has asked.
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
    // Flags of the process, such as --input-type, are not meant for this program.
    const worker = new Worker(PROGRAM, { name: 'signatures', execArgv: [] });
    worker.unref();
    worker.on('message', (payloads: Payloads) => {
      this.#shared.shift()?.forEach(({ answer }, index) => {
        const payload = payloads[index] ?? null;
        answer(payload === null ? null : Buffer.from(payload, 'latin1'));
      });
    });
    // Whatever ended it, its part is done here and the next turn starts another.
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
