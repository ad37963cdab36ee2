/** How a number of times lie: p50, p99 and the longest, in the unit of the times. */
export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

/** NaN for an empty list. */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** p50, p99 and max with one decimal each; a dash for an empty list. */
export function spreadCells({ p50, p99, max }: Spread): string[] {
  return [p50, p99, max].map((value) => (Number.isNaN(value) ? '–' : value.toFixed(1)));
}
