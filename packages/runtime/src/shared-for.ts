/**
 * Shares an answer with all who ask within `keptMs` of the moment at which its computation began, so that it is little older
 * than that and nobody waits for a pause. Computations do not overlap; one that failed, or is not to be kept, is begun anew by
 * whoever asks next.
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
