import { fstatSync } from 'node:fs';
import { printResult } from '@ticket-check/runtime';
import type { ScannerDriver } from './scanner-driver.ts';

/** Whether standard input is read for scans; see the setting SCANNER. */
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
 * The scanner on standard input; verdicts go to standard output, a line each. It reads until the input ends or standard output is
 * closed: a guest whose verdict nobody sees must not get an entry.
 *
 * @param isPermanent the input must last as long as the agent: its end is an error
 */
export function standardInputDriver({ isPermanent }: { isPermanent: boolean }): ScannerDriver {
  return {
    driver: 'stdin',
    place: 'standard input',
    async claim({ line: openLine, ended, unheard }) {
      const { stdin, stdout } = process;
      const line = openLine();
      const onEnd = () => {
        line.end();
        ended(isPermanent ? 'standard input has ended: no scanner types into it any more' : null);
      };
      const onInputError = () => ended('standard input cannot be read any more');
      const onOutputError = () => unheard('nobody reads standard output, where verdicts go');
      stdin.on('data', line.bytes).once('end', onEnd).on('error', onInputError);
      stdout.on('error', onOutputError);
      return {
        pause: () => void stdin.pause(),
        resume: () => void stdin.resume(),
        async release() {
          stdin.off('data', line.bytes).off('end', onEnd);
          stdin.destroy();
        },
        answer: (verdict) => printResult(JSON.stringify(verdict)),
      };
    },
  };
}
