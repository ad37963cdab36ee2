import { startWithin } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { StoreError } from './store-error.ts';

export type EndTurn = () => void;

/** Lets a fixed number of callers have a database at a time: urgent ones first, otherwise in the order of arrival. */
export class Turns {
  readonly #queue: PQueue;
  readonly #longestMs: number | undefined;

  /** @param longestMs how long a caller waits before it is refused; for ever by default */
  constructor(places: number, longestMs?: number) {
    this.#queue = new PQueue({ concurrency: places });
    this.#longestMs = longestMs;
  }

  /** @throws StoreError BUSY if no turn came in time. */
  take(urgent: boolean): Promise<EndTurn> {
    const withinMs = this.#longestMs;
    const priority = urgent ? 1 : 0;
    return new Promise((resolve, reject) => {
      const turn = () => new Promise<void>((end) => resolve(end));
      const refusal = () =>
        new StoreError('BUSY', `The database had no connection free for ${(withinMs ?? 0) / 1000} seconds.`);
      const taken =
        withinMs === undefined
          ? this.#queue.add(turn, { priority })
          : startWithin(this.#queue, turn, { priority, withinMs, refusal });
      taken.catch(reject);
    });
  }

  /** Resolves when nobody has a turn or waits for one. */
  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}
