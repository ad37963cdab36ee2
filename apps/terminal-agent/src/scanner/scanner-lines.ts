import type { Readable } from 'node:stream';

export type ScannerSuffix = 'enter' | 'tab';

/** Longer than any code with its prefixes; what is longer comes from a scanner without a suffix, or from no scanner. */
const LONGEST_LINE = 4096;

/**
 * Cuts what a scanner types into the texts it scanned. Scanners send long codes in pieces and codes back to back, so
 * only the suffix ends a text, never a pause. Empty lines are skipped; a text that exceeds 4096 characters is handed
 * over as its first 4096 once its suffix arrives; a last text without suffix is handed over at the end. Reading T8.
 */
export async function* scannerLines(input: Readable, suffix: ScannerSuffix): AsyncGenerator<string> {
  const ends = suffix === 'enter' ? /[\r\n]/ : /\t/;
  input.setEncoding('utf8');
  let pending = '';
  for await (const chunk of input) {
    const pieces = `${chunk}`.split(ends);
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = (pending + piece).slice(0, LONGEST_LINE);
      pending = '';
      if (line !== '') yield line;
    }
    pending = (pending + rest).slice(0, LONGEST_LINE);
  }
  if (pending !== '') yield pending;
}
