import { once } from 'node:events';
import { reasonOf } from '@ticket-check/runtime';
import type { SerialPort } from 'serialport';
import { serialFault } from '../../devices/serial-fault.ts';
import { DeviceFault, type ScannerDriver } from './scanner-driver.ts';

/** A serial port, or a USB scanner that is a virtual one: 8 data bits, no parity, 1 stop bit. */
export function serialDriver({ path, baud }: { path: string; baud: number }): ScannerDriver {
  return {
    driver: 'serial',
    place: `${path}@${baud}`,
    async claim({ line: openLine, lost }) {
      const port = await open(path, baud);
      const line = openLine();
      let isReleased = false;
      port.on('data', line.bytes);
      port.on('error', () => {});
      port.on('close', () => {
        line.end();
        if (!isReleased) lost('it was unplugged');
      });
      return {
        pause: () => void port.pause(),
        resume: () => void port.resume(),
        async release() {
          isReleased = true;
          if (!port.isOpen) return;
          const closed = once(port, 'close');
          port.close();
          await closed;
        },
      };
    },
  };
}

// A path under /dev/serial/by-id is a link that udev makes anew wherever the same scanner comes back, so that opening it by
// name finds it again.
async function open(path: string, baudRate: number): Promise<SerialPort> {
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true });
  const { promise, resolve } = Promise.withResolvers<Error | null>();
  port.open(resolve);
  const error = await promise;
  if (error !== null) throw new DeviceFault(serialFault(reasonOf(error)), { cause: error });
  return port;
}
