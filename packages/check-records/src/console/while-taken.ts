/** What goes on for as long as somebody takes what is sent. */
export type Taken<T> = {
  /** What is sent; to be gone through once. */
  readonly body: AsyncIterable<T>;
  /** Resolves when all of it was taken; rejects where it failed, or whoever took it went away, also before the beginning. */
  readonly ended: Promise<void>;
};

/**
 * @param make begins it, once somebody takes it
 * @param signal aborted where whoever takes it goes away
 * @param settled what has to be done too before whoever takes it is told that it is all
 */
export function whileTaken<T>(
  make: () => AsyncIterable<T> | Promise<AsyncIterable<T>>,
  signal: AbortSignal,
  settled: () => Promise<unknown>,
): Taken<T> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for it hears of it; where nobody does, it is no error of the process.
  ended.catch(() => {});
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  async function* body(): AsyncGenerator<T> {
    try {
      yield* await make();
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
