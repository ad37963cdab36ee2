/**
 * Shares an answer with all callers within `keptMs` of the start of its computation, so that it is hardly older than that and
 * nobody waits for a pause. Computations do not overlap; after one that failed, or is not to be kept, the next caller starts
 * another. `keptMs` may depend on the answer and how long it took.
 */
export function sharedFor<T, A extends unknown[] = []>(
  keptMs: number | ((answer: T, tookMs: number) => number),
  compute: (...asked: A) => Promise<T>,
): (...asked: A) => Promise<T> {
  let shared: Promise<T> | undefined;

  function begin(asked: A): Promise<T> {
    const startedAt = performance.now();
    const answer = compute(...asked);
    const forget = () => {
      if (shared === answer) shared = undefined;
    };
    shared = answer;
    answer.then((value) => {
      const tookMs = performance.now() - startedAt;
      const leftMs = (typeof keptMs === 'number' ? keptMs : keptMs(value, tookMs)) - tookMs;
      if (leftMs <= 0) return forget();
      setTimeout(forget, leftMs).unref();
    }, forget);
    return answer;
  }

  return (...asked) => shared ?? begin(asked);
}
