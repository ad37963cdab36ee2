/**
 * Watches a stream for silence.
 *
 * @param whenSilent is called once nothing was heard for as long as the service said
 */
export function watchSilence(whenSilent: () => void): {
  /** Something came; `limitMs` is how long the service may be silent from now on. */
  heard(limitMs?: number): void;
  end(): void;
} {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let limit: number | undefined;
  return {
    heard(limitMs = limit) {
      limit = limitMs;
      clearTimeout(timer);
      if (limit !== undefined) timer = setTimeout(whenSilent, limit);
    },
    end: () => clearTimeout(timer),
  };
}
