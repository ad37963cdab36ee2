import type { DatabaseConnection, Driver } from 'kysely';
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
    const longestMs = this.#longestMs;
    return new Promise((resolve, reject) => {
      let isRefused = false;
      const timer =
        longestMs &&
        setTimeout(() => {
          isRefused = true;
          reject(new StoreError('BUSY', `The database had no connection free for ${longestMs / 1000} seconds.`));
        }, longestMs);
      const turn = async () => {
        clearTimeout(timer);
        if (!isRefused) await new Promise<void>((end) => resolve(end));
      };
      this.#queue.add(turn, { priority: urgent ? 1 : 0 }).catch(reject);
    });
  }

  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}

/** Whether somebody waits for the answer, at a gate for example. */
export type Urgency = { readonly urgent?: boolean };

export interface TurnsDriver extends Driver {
  /** An urgent caller goes before everything else that waits for a connection. */
  acquire(urgent: boolean): Promise<DatabaseConnection>;
}

/** The same connections for what is urgent. Kysely passes its driver no parameter, so each urgency has a Kysely and a driver. */
export function urgentDriver(driver: TurnsDriver): Driver {
  return {
    init: () => driver.init(),
    acquireConnection: () => driver.acquire(true),
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    // The driver itself is destroyed by those who have it.
    destroy: async () => {},
  };
}
