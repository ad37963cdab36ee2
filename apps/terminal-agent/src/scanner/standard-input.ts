import { fstatSync } from 'node:fs';
import { type Logger, printResult } from '@ticket-check/runtime';
import { CLOSED, type DeviceHealth, ENABLED } from '../devices/device.ts';
import type { Scanner } from './scanner.ts';
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
 * The scanner that types into standard input; verdicts go to standard output, a line each. It reads until the input ends, or
 * nobody reads standard output any more: a guest whose verdict nobody is told must not be entered.
 */
export function createStandardInput(options: {
  suffix: ScannerSuffix;
  /** The input is to last as long as the agent: that it ended is an error. */
  isPermanent: boolean;
  logger: Pick<Logger, 'info' | 'error'>;
}): Scanner {
  const { suffix, isPermanent, logger } = options;
  const { stdin, stdout } = process;
  let health = CLOSED;
  let reading: Promise<void> = Promise.resolve();

  function disable(error: DeviceHealth['error']): void {
    health = { claimed: false, enabled: false, error };
  }

  async function read(scan: (text: string) => Promise<object>): Promise<void> {
    try {
      for await (const text of scannerLines(stdin, suffix)) {
        if (!health.enabled) return;
        printResult(JSON.stringify(await scan(text)));
      }
      if (!health.enabled) return;
      disable(isPermanent ? 'standard input has ended: no scanner types into it any more' : null);
      if (isPermanent) logger.error('standard input has ended, so that no scanner types into it any more');
      else logger.info('standard input has ended');
    } catch (error) {
      if (!health.enabled) return;
      disable('standard input cannot be read any more');
      logger.error({ err: error }, 'standard input cannot be read any more');
    }
  }

  return {
    name: 'stdin',
    driver: 'stdin',
    start({ data }) {
      health = ENABLED;
      stdout.once('error', (error) => {
        disable('nobody reads standard output, where verdicts go');
        logger.error(
          { err: error },
          'nobody reads standard output any more, where verdicts go: typed lines are no scans until the agent is started again; POST /scan goes on',
        );
      });
      reading = read(data);
    },
    async stop() {
      disable(null);
      stdin.destroy();
      await reading;
    },
    health: () => health,
  };
}
