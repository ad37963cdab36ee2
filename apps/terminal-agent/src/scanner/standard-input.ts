import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type ScannerSuffix, scannerLines } from './scanner-lines.ts';

/** Whether standard input is to be read for scans; see the setting SCANNER. */
export function isScannerInput(scanner: 'auto' | 'stdin' | 'none'): boolean {
  return scanner === 'auto' ? isPiped(0) : scanner === 'stdin';
}

function isPiped(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket() || stat.isFile();
  } catch {
    return false;
  }
}

/**
 * Makes a scan of every text that a scanner types, one after the other, and hands on each answer, until the input or
 * `unheard` ends it: a guest whose verdict nobody is told must not be entered.
 */
export async function scanInput<T>(options: {
  input: Readable;
  suffix: ScannerSuffix;
  scan: (text: string) => Promise<T>;
  answer: (answer: T) => void;
  unheard: AbortSignal;
}): Promise<void> {
  for await (const text of scannerLines(options.input, options.suffix)) {
    if (options.unheard.aborted) return;
    options.answer(await options.scan(text));
  }
}
