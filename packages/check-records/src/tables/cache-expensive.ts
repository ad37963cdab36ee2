/** What was found, and in how many rows. */
export type Measured<T> = { readonly value: T; readonly rows: number };

/** So many rows are looked through in some 20 ms, which nobody notices. */
export const FEW_ROWS = 20_000;

/** A look through more takes no more than this part of the time. */
const SHARE = 0.01;

/** Half of the 10 minutes after which a queue counts as standing still: whether it does is judged by what is remembered. */
const LONGEST_MS = 300_000;

/**
 * Makes a look through many rows as seldom as it is costly, so that health and metrics, which are asked for all the time,
 * cannot keep the database busy: what was found in more than `FEW_ROWS` is remembered for a hundred times as long as the
 * look took, five minutes at most. Questions of different kinds are remembered apart.
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
    // Who asks meanwhile waits for the same look.
    const value = lookAgain(kind, asked);
    found.set(kind, { value, until: Number.POSITIVE_INFINITY });
    value.catch(() => found.delete(kind));
    return value;
  };
}
