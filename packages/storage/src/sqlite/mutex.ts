/** Lets one through at a time, in the order of arrival. */
export class Mutex {
  #taken = false;
  readonly #queue: (() => void)[] = [];

  async enter(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#taken = true;
  }

  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#taken = false;
  }
}
