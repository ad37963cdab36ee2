import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { openSerialPort } from '../../devices/run-devices.ts';
import type { ScannerDriver } from './scanner-driver.ts';

/**
 * How often the device is checked for presence. `serialport` misses some unpluggings: reads from a terminal that hung up are empty,
 * and it keeps reading.
 */
const LOOK_EVERY_MS = 500;

/** A serial port, or a USB scanner that is a virtual one: 8 data bits, no parity, 1 stop bit. */
export function serialDriver({ path, baud }: { path: string; baud: number }): ScannerDriver {
  return {
    driver: 'serial',
    place: `${path}@${baud}`,
    async claim({ line: openLine, over }) {
      // A path under /dev/serial/by-id is a link that udev recreates wherever the same scanner is plugged in, so opening it by name
      // finds the scanner again.
      const port = await openSerialPort(path, baud);
      const device = await deviceAt(path);
      const line = openLine(port);
      let isReleased = false;
      let isOver = false;
      const look = setInterval(async () => {
        if (isOver || (await deviceAt(path)) === device) return;
        end();
        if (port.isOpen && !port.closing) port.close();
      }, LOOK_EVERY_MS);
      function end(): void {
        if (isOver) return;
        isOver = true;
        clearInterval(look);
        line.end();
        if (!isReleased) over({ reason: 'it was unplugged', isFinal: false });
      }
      port.on('data', line.bytes);
      port.on('error', () => {});
      port.on('close', end);
      return {
        async release() {
          isReleased = true;
          clearInterval(look);
          if (!port.isOpen) return;
          const closed = once(port, 'close');
          if (!port.closing) port.close();
          await closed;
        },
      };
    },
  };
}

/** Identifies the device at a path; `null` if there is none. */
async function deviceAt(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  return found && `${found.dev}:${found.ino}:${found.rdev}`;
}
