import type { Logger } from '@ticket-check/runtime';
import type { Device } from '../devices/run-devices.ts';

/** A scanner of this terminal: its reads become scans. */
export type Scanner = Omit<Device, 'start'> & {
  /** The gate of its scans; `null` for the usual one. */
  readonly gate: string | null;
  /** Claims and enables it, and hands over its texts from then on, one at a time. */
  start(events: ScannerEvents): void | Promise<void>;
};

/** The events of a scanner. Names as in UnifiedPOS. */
export type ScannerEvents = {
  /** A read has started but is not complete. `source` as for `data`. */
  reading(source?: string): void;
  /**
   * A text was read. Returns its verdict in the form of `POST /scan`; the next text is handed over only after that.
   *
   * @param source the device that read it, if several may send to this scanner
   */
  data(text: string, source?: string): Promise<object>;
  /** It has failed, and reads nothing until it is repaired. */
  error(reason: string): void;
};

/**
 * Turns the texts of a scanner into scans.
 *
 * @param scan makes one scan at a gate; the same text from the same scanner a moment later is the same read
 */
export function attach(
  scanner: Scanner,
  options: {
    scan: (text: string, gate: string, scanner: string) => Promise<object>;
    reading: (at: { gate: string; scanner: string }) => void;
    usualGate: string;
    logger: Pick<Logger, 'error'>;
  },
): Device {
  const { scan, reading, usualGate, logger } = options;
  const { name, driver, gate } = scanner;
  const at = (source?: string) => ({
    gate: gate ?? usualGate,
    scanner: source === undefined ? name : `${name}@${source}`,
  });
  const events: ScannerEvents = {
    reading: (source) => reading(at(source)),
    data(text, source) {
      const { gate: where, scanner: which } = at(source);
      return scan(text, where, which);
    },
    error: (reason) => logger.error({ scanner: name, driver, reason }, 'scanner failed'),
  };
  return {
    name,
    driver,
    start: () => scanner.start(events),
    stop: () => scanner.stop(),
    health: () => scanner.health(),
  };
}
