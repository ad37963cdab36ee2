/** Milliseconds until a deadline of `performance.now()`; 0 if it has passed. */
export function remaining(deadline: number): number {
  return Math.max(0, deadline - performance.now());
}
