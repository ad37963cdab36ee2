/** A response body that is produced as the client reads it. */
export type Taken<T> = {
  /** To be iterated once. */
  readonly body: AsyncIterable<T>;
  /**
   * Resolves when the client has read all of it; rejects if it fails or the client leaves, even before it starts. Nothing is
   * running by then.
   */
  readonly ended: Promise<void>;
};

/**
 * @param make starts it, at the first read
 * @param signal aborted when the client leaves
 * @param settled what to wait for before the end of the body is sent
 */
export function streamed<T>(
  make: () => AsyncGenerator<T, void>,
  signal: AbortSignal,
  settled: () => Promise<unknown>,
): Taken<T> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // The caller receives the failure; without a caller it must not end the process.
  ended.catch(() => {});
  let made: AsyncGenerator<T, void> | undefined;
  async function leave(): Promise<void> {
    // Waits for the current step; the reader receives its error.
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
