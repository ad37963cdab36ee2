/** What goes on for as long as somebody takes what is sent. */
export type Taken<T> = {
  /** What is sent; to be gone through once. */
  readonly body: AsyncIterable<T>;
  /**
   * Resolves when all of it was taken; rejects where it failed, or whoever took it went away, also before the beginning. By then
   * nothing of it goes on.
   */
  readonly ended: Promise<void>;
};

/**
 * @param make begins it, once somebody takes it
 * @param signal aborted where whoever takes it goes away
 * @param settled what has to be done too before whoever takes it is told that it is all
 */
export function streamed<T>(
  make: () => AsyncGenerator<T, void>,
  signal: AbortSignal,
  settled: () => Promise<unknown>,
): Taken<T> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for it hears of it; where nobody does, it is no error of the process.
  ended.catch(() => {});
  let made: AsyncGenerator<T, void> | undefined;
  async function leave(): Promise<void> {
    // Waits for the step that is under way; what that throws goes to whoever takes it.
    await made?.return().catch(() => {});
    reject(signal.reason);
  }
  if (signal.aborted) void leave();
  signal.addEventListener('abort', () => void leave(), { once: true });
  async function* body(): AsyncGenerator<T> {
    try {
      signal.throwIfAborted();
      made = make();
      yield* made;
      resolve();
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      reject(new Error('it was not taken to its end'));
    }
    await settled();
  }
  return { body: body(), ended };
}
