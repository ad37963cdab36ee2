/** Milliseconds until a deadline on the clock of `performance.now()`, 0 where it has passed. */
export function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}
