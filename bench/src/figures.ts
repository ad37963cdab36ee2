import { say } from './command-line.ts';

/** How a number of times lie: p50, p99 and the longest, in the unit of the times; NaN for none. */
export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export function spreadOf(times: readonly number[]): Spread {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** p50, p99 and max with one decimal each; a dash for NaN. */
export const spreadCells = ({ p50, p99, max }: Spread): string[] =>
  [p50, p99, max].map((value) => (Number.isNaN(value) ? '–' : value.toFixed(1)));

/** How long each of a number of runs takes, in milliseconds. */
export async function timed(times: number, run: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedAt = performance.now();
    await run();
    taken.push(performance.now() - startedAt);
  }
  return taken;
}

/** Prints the head of a table, the first column to the left; its rows are printed one by one, as they are measured. */
export function printTable(columns: readonly (readonly [title: string, width: number])[]) {
  function row(cells: readonly string[]): void {
    const padded = columns.map(([, width], index) =>
      index === 0 ? (cells[index] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width),
    );
    say(`  ${padded.join('  ').trimEnd()}`);
  }
  row(columns.map(([title]) => title));
  return { row };
}
