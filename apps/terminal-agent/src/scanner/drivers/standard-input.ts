import { fstatSync } from 'node:fs';
import { printResult } from '@ticket-check/runtime';
import type { ScannerDriver } from './scanner-driver.ts';

/** Whether somebody may type scans into this process: standard input is a pipe or a file. */
export function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
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
    async claim({ line: openLine, over }) {
      const { stdin, stdout } = process;
      const line = openLine(stdin);
      const onEnd = () => {
        line.end();
        const reason = isPermanent ? 'standard input has ended: no scanner types into it any more' : null;
        over({ reason, isFinal: true });
      };
      const onInputError = () => over({ reason: 'standard input cannot be read any more', isFinal: true });
      const onOutputError = () =>
        over({ reason: 'nobody reads standard output, where verdicts go', isFinal: true, isUnheard: true });
      stdin.on('data', line.bytes).once('end', onEnd).on('error', onInputError);
      stdout.on('error', onOutputError);
      return {
        async release() {
          stdin.off('data', line.bytes).off('end', onEnd);
          stdin.destroy();
        },
        answer: (verdict) => printResult(JSON.stringify(verdict)),
      };
    },
  };
}
