import type { Device } from '../devices/device.ts';

/** A scanner of this terminal: what it reads becomes a scan. */
export type Scanner = Omit<Device, 'start'> & {
  /** Claims and enables it, and hands over what it reads from then on, one text after the other. */
  start(events: ScannerEvents): void | Promise<void>;
};

/** What a scanner tells the agent. Names as in UnifiedPOS. */
export type ScannerEvents = {
  /** A text was read. Answers its verdict, as `POST /scan` does; no other text is handed over before that. */
  data(text: string): Promise<object>;
};

/** A scanner with whoever hears its events, as the agent runs it. */
export function attach(scanner: Scanner, events: ScannerEvents): Device {
  return {
    name: scanner.name,
    driver: scanner.driver,
    start: () => scanner.start(events),
    stop: () => scanner.stop(),
    health: () => scanner.health(),
  };
}
