import { StoreError } from './store-error.ts';

/**
 * Lets a fixed number through at a time: urgent callers first, otherwise in the order of arrival. `kept` of the places are
 * reserved for urgent callers. A caller that has waited for `longestMs` is refused.
 */
export class TurnQueue {
  readonly #places: number;
  readonly #kept: number;
  readonly #longestMs: number | undefined;
  readonly #urgent: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #taken = 0;

  constructor(places: number, kept: number, longestMs?: number) {
    this.#places = places;
    this.#kept = kept;
    this.#longestMs = longestMs;
  }

  /** @throws StoreError BUSY if no turn came in time. */
  async enter(urgent: boolean): Promise<void> {
    if (this.#hasPlace(urgent)) this.#taken += 1;
    else await this.#turnIn(urgent ? this.#urgent : this.#others);
  }

  leave(): void {
    this.#taken -= 1;
    const next = this.#urgent.shift() ?? (this.#hasPlace(false) ? this.#others.shift() : undefined);
    if (next === undefined) return;
    this.#taken += 1;
    next();
  }

  #turnIn(queue: (() => void)[]): Promise<void> {
    const longestMs = this.#longestMs;
    return new Promise((resolve, reject) => {
      const refuse = () => {
        queue.splice(queue.indexOf(enter), 1);
        reject(new StoreError('BUSY', `The database had no connection free for ${(longestMs ?? 0) / 1000} seconds.`));
      };
      const timer = longestMs === undefined ? undefined : setTimeout(refuse, longestMs);
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      queue.push(enter);
    });
  }

  #hasPlace(urgent: boolean): boolean {
    return this.#taken < this.#places - (urgent ? 0 : this.#kept);
  }
}
