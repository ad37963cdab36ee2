import { say } from './print.ts';

export interface Column {
  title: string;
  width: number;
  /** To the right unless it says otherwise, as numbers stand. */
  align?: 'left';
}

/** Prints the head of a table; its rows are printed one by one, as they are measured. */
export function printTable(columns: readonly Column[]): { row(cells: readonly string[]): void } {
  function row(cells: readonly string[]): void {
    const padded = columns.map(({ width, align }, index) => {
      const cell = cells[index] ?? '';
      return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
    });
    say(`  ${padded.join('  ').trimEnd()}`);
  }
  row(columns.map(({ title }) => title));
  return { row };
}
