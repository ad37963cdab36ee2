import { holds, type ProofResult } from './proof-result.ts';

/** A proof that ran, and how long that took. */
export interface Proved {
  result: ProofResult;
  tookMs: number;
}

const HEAD = ['proof', 'tried', 'times', 'lost', 'doubled unflagged', 'recovery', 'took', ''];
const RIGHT = new Set([2, 3, 4, 5, 6]);

/** The table of all proofs, and below it what each of them has to add. */
export function tableOf(proved: readonly Proved[]): string {
  const rows = [HEAD, ...proved.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (RIGHT.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return [...lines, '', ...proved.flatMap(({ result }) => below(result))].join('\n');
}

const row = ({ result, tookMs }: Proved): string[] => [
  result.name,
  result.tried,
  result.times.toLocaleString('en'),
  `${result.lost}`,
  `${result.doubledUnflagged}`,
  result.recoveryMs === null ? '–' : seconds(result.recoveryMs),
  seconds(tookMs),
  holds(result) ? 'holds' : 'FAILS',
];

const below = ({ name, seed, notes, failures }: ProofResult): string[] => [
  `${name}, seed ${seed}`,
  ...notes.map((note) => `  ${note}`),
  ...failures.map((failure) => `  ✗ ${failure.replaceAll('\n', '\n    ')}`),
];

const seconds = (milliseconds: number): string =>
  milliseconds < 100_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`;
