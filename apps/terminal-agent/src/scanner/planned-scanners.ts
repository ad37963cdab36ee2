import type { Logger } from '@ticket-check/runtime';
import { driverFor } from './drivers/driver-for.ts';
import { isScannerInput, standardInputDriver } from './drivers/standard-input.ts';
import type { ScannerSuffix } from './reading/frame-parser.ts';
import { createScanner } from './run-scanner.ts';
import type { Scanner } from './scanner.ts';
import type { PlannedScanner } from './scanner-plan.ts';

/** Creates the scanners of the settings. If SCANNERS names none, SCANNER decides whether standard input is one. */
export function plannedScanners(
  settings: {
    scannerPlan: readonly PlannedScanner[] | null;
    SCANNER: 'auto' | 'stdin' | 'none';
    SCANNER_SUFFIX: ScannerSuffix;
    HOST: string;
  },
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
): readonly Scanner[] {
  const { scannerPlan, SCANNER, SCANNER_SUFFIX: suffix, HOST } = settings;
  if (scannerPlan !== null) {
    return scannerPlan.map(({ name, place, gate }) =>
      createScanner({ name, gate, driver: driverFor(place, HOST), suffix, logger }),
    );
  }
  if (!isScannerInput(SCANNER)) return [];
  const driver = standardInputDriver({ isPermanent: SCANNER === 'stdin' });
  return [createScanner({ name: 'stdin', gate: null, driver, suffix, logger })];
}
