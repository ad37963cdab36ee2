/**
 * Shares an answer with all callers within `keptMs` of the start of its computation, so that it is hardly older than that and
 * nobody waits for a pause. Computations do not overlap; after one that failed, or is not to be kept, the next caller starts
 * another.
 */
export function sharedFor<T>(
  keptMs: number,
  compute: () => Promise<T>,
  isKept: (answer: T) => boolean = () => true,
): () => Promise<T> {
  let shared: Promise<T> | undefined;

  function begin(): Promise<T> {
    const startedAt = performance.now();
    const answer = compute();
    const forget = () => {
      if (shared === answer) shared = undefined;
    };
    shared = answer;
    answer.then((value) => {
      if (!isKept(value)) return forget();
      const timer = setTimeout(forget, Math.max(0, startedAt + keptMs - performance.now()));
      timer.unref();
    }, forget);
    return answer;
  }

  return () => shared ?? begin();
}
