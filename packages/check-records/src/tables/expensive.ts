/** Reading this number of rows takes some 20 ms, which nobody notices. */
export const FEW_ROWS = 20_000;

/** The most of the time that may go into reading more rows. */
const SHARE = 0.01;

/** Half of the 10 minutes after which a queue counts as standing still, which is judged by the kept value. */
const LONGEST_MS = 300_000;

/**
 * Says for how long the result of a query is shared (`sharedFor`): a hundred times as long as the query took, at most five minutes, so
 * that health and metrics, which are asked for all the time, cannot keep the database busy. That of a query over few rows is not.
 */
export function expensiveMs({ rows }: { readonly rows: number }, tookMs: number): number {
  return rows <= FEW_ROWS ? 0 : Math.min(tookMs / SHARE, LONGEST_MS);
}
