import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Reads options of the command line; ends the process with 2 where one that has a number by default is no whole number above 0. */
export function readOptions<T extends Record<string, number | string>>(defaults: T): T {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, by]) => [name, { type: 'string' as const, default: String(by) }]),
  );
  const { values } = parseArgs({ options });
  const read = (name: string, text: string) => (typeof defaults[name] === 'number' ? wholeNumber(name, text) : text);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, read(name, String(value))])) as T;
}

export const wholeNumbers = (option: string, text: string): number[] =>
  text.split(',').map((number) => wholeNumber(option, number));

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${option} takes whole numbers above 0, not ${JSON.stringify(text)}.\n`);
  process.exit(2);
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function machine(): string {
  const { model } = cpus()[0] ?? { model: 'unknown' };
  return `${cpus().length} × ${model}, Node ${process.version}`;
}

/** A new directory in which services keep their folders; it is removed when this process ends. */
export function workDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export type Spread = ReturnType<typeof spreadOf>;

/** How a number of times lie: p50, p99 and the longest, in the unit of the times; NaN for none. */
export function spreadOf(times: readonly number[]) {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** p50, p99 and max with one decimal each; a dash for NaN. */
export const spreadCells = ({ p50, p99, max }: Spread): string[] =>
  [p50, p99, max].map((value) => (Number.isNaN(value) ? '–' : value.toFixed(1)));

/** Prints the head of a table, each title with its width, the first column to the left; its rows are printed as they are measured. */
export function printTable(columns: Readonly<Record<string, number>>) {
  function row([first = '', ...cells]: readonly string[]): void {
    const [width = 0, ...widths] = Object.values(columns);
    const padded = widths.map((each, index) => (cells[index] ?? '').padStart(each));
    say(`  ${[first.padEnd(width), ...padded].join('  ').trimEnd()}`);
  }
  row(Object.keys(columns));
  return { row };
}
