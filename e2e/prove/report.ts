import { setTimeout as delay } from 'node:timers/promises';

export interface Broken {
  /** What was promised to a guest or a peer and is not there afterwards. */
  lost: number;
  /** Tickets that entered twice without both records saying so. */
  doubledUnflagged: number;
  /** Everything else, a sentence each. */
  failures: string[];
}

/** The result of one proof: a line of the table that `prove` prints. */
export interface ProofResult extends Broken {
  name: string;
  tried: string;
  times: number;
  /** The longest time from the end of a fault to full service, where there are faults that end. */
  recoveryMs: number | null;
  /** Figures and limits of the run that the reader should know, a sentence each. */
  notes: string[];
  seed: string;
  tookMs: number;
}

export const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0;

/** The first of many sentences, and how many there are in all. */
export const shortened = (sentences: readonly string[], most: number): string[] =>
  sentences.length > most ? [...sentences.slice(0, most), `${sentences.length} in all`] : [...sentences];

export const holds = ({ lost, doubledUnflagged, failures }: Broken): boolean =>
  lost === 0 && doubledUnflagged === 0 && failures.length === 0;

export function recovered(result: ProofResult, milliseconds: number): void {
  result.recoveryMs = Math.max(result.recoveryMs ?? 0, Math.round(milliseconds));
}

const HEAD = ['proof', 'tried', 'times', 'lost', 'doubled unflagged', 'recovery', 'took', ''];

export function tableOf(results: readonly ProofResult[]): string {
  const rows = [HEAD, ...results.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  // Words to the left, numbers to the right.
  const wide = (cell: string, column: number) =>
    cell[column < 2 || column > 6 ? 'padEnd' : 'padStart'](widths[column]!);
  const lines = rows.map((cells) => cells.map(wide).join('  ').trimEnd());
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return [...lines, '', ...results.flatMap(below)].join('\n');
}

const row = (result: ProofResult): string[] => [
  result.name,
  result.tried,
  result.times.toLocaleString('en'),
  `${result.lost}`,
  `${result.doubledUnflagged}`,
  result.recoveryMs === null ? '–' : seconds(result.recoveryMs),
  seconds(result.tookMs),
  holds(result) ? 'holds' : 'FAILS',
];

const below = ({ name, seed, notes, failures }: ProofResult): string[] => [
  `${name}, seed ${seed}`,
  ...notes.map((note) => `  ${note}`),
  ...failures.map((failure) => `  ✗ ${failure.replaceAll('\n', '\n    ')}`),
];

export const seconds = (milliseconds: number): string =>
  milliseconds < 100_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`;

/** Looks again and again until something is there, and answers it; gives up with a sentence that names what was missed. */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { withinMs = 60_000, everyMs = 100 } = {},
): Promise<T> {
  const last = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > last)
      throw new Error(`not within ${withinMs / 1000} s: ${typeof what === 'string' ? what : what()}`);
    await delay(everyMs);
  }
}
