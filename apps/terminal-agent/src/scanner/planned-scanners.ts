import type { Logger } from '@ticket-check/runtime';
import { hidDriver } from './drivers/hid.ts';
import type { ScannerDriver } from './drivers/scanner-driver.ts';
import { serialDriver } from './drivers/serial.ts';
import { isScannerInput, standardInputDriver } from './drivers/standard-input.ts';
import { tcpDriver } from './drivers/tcp.ts';
import type { ScannerSuffix } from './reading/frame-parser.ts';
import { createScanner, type Scanner } from './run-scanner.ts';
import { type PlannedScanner, parseAddresses, placeName, type ScannerPlace } from './scanner-plan.ts';

/** @param host the address that the agent itself listens on */
export function driverFor(place: ScannerPlace, host: string): ScannerDriver {
  switch (place.driver) {
    case 'stdin':
      return standardInputDriver({ isPermanent: true });
    case 'serial':
      return serialDriver(place);
    case 'hid':
      return hidDriver(place, placeName(place));
    case 'tcp':
      return tcpDriver({ host, port: place.port, from: parseAddresses(place.from.join(',')) });
  }
}

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
