import type { Logger } from '@ticket-check/runtime';
import { readTerminalSettings } from '../config.ts';
import { plannedScanners } from '../scanner/run-scanner.ts';

/** The scanners that an environment names, as `serve` opens them. */
export function scannersOf(env: Readonly<Record<string, string | undefined>>, logger: Logger) {
  return plannedScanners(readTerminalSettings(env), logger);
}
