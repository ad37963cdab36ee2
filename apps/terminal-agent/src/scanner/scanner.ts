import type { Logger } from '@ticket-check/runtime';
import type { Device } from '../devices/device.ts';

/** A scanner of this terminal: what it reads becomes a scan. */
export type Scanner = Omit<Device, 'start'> & {
  /** The gate that its scans count at; `null` for the usual one. */
  readonly gate: string | null;
  /** Claims and enables it, and hands over what it reads from then on, one text after the other. */
  start(events: ScannerEvents): void | Promise<void>;
};

/** What a scanner tells the agent. Names as in UnifiedPOS. */
export type ScannerEvents = {
  /** A read has begun but is not complete. `source` as of `data`. */
  reading(source?: string): void;
  /**
   * A text was read. Answers its verdict, as `POST /scan` does; no other text is handed over before that.
   *
   * @param source the device it was read with, where several may send to this one
   */
  data(text: string, source?: string): Promise<object>;
  /** It has failed, and reads nothing until that is mended. */
  error(reason: string): void;
};

/**
 * A scanner whose texts become scans, as the agent runs it.
 *
 * @param scan one scan at a gate, for a scanner by name: the same text from the same one a moment later is the same read
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
    error: (reason) => logger.error({ scanner: name, driver, reason }, 'a scanner has failed'),
  };
  return {
    name,
    driver,
    start: () => scanner.start(events),
    stop: () => scanner.stop(),
    health: () => scanner.health(),
  };
}
