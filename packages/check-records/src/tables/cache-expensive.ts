/** A result, and the number of rows that were read for it. */
export type Measured<T> = { readonly value: T; readonly rows: number };

/** Reading this number of rows takes some 20 ms, which nobody notices. */
export const FEW_ROWS = 20_000;

/** The most of the time that may go into reading more rows. */
const SHARE = 0.01;

/** Half of the 10 minutes after which a queue counts as standing still, which is judged by the cached value. */
const LONGEST_MS = 300_000;

/**
 * Caches the result of a query over many rows for a hundred times as long as the query took, at most five minutes, so that
 * health and metrics, which are asked for all the time, cannot keep the database busy. A query over at most `FEW_ROWS` is not
 * cached. Each kind of question is cached separately.
 */
export function cacheExpensive<A, T>(
  kindOf: (asked: A) => string,
  look: (asked: A) => Promise<Measured<T>>,
): (asked: A) => Promise<T> {
  const found = new Map<string, { readonly value: Promise<T>; readonly until: number }>();

  async function lookAgain(kind: string, asked: A): Promise<T> {
    const startedAt = performance.now();
    const { value, rows } = await look(asked);
    const endedAt = performance.now();
    if (rows <= FEW_ROWS) found.delete(kind);
    else {
      const keptMs = Math.min((endedAt - startedAt) / SHARE, LONGEST_MS);
      found.set(kind, { value: Promise.resolve(value), until: endedAt + keptMs });
    }
    return value;
  }

  return (asked) => {
    const kind = kindOf(asked);
    const before = found.get(kind);
    if (before === undefined) return lookAgain(kind, asked);
    if (performance.now() < before.until) return before.value;
    // Concurrent callers share the query.
    const value = lookAgain(kind, asked);
    found.set(kind, { value, until: Number.POSITIVE_INFINITY });
    value.catch(() => found.delete(kind));
    return value;
  };
}
