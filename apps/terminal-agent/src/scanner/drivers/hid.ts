import type { HIDAsync } from 'node-hid';
import { DeviceFault } from '../../devices/run-devices.ts';
import type { ScannerDriver } from './scanner-driver.ts';

const SCANNED_DATA = 2;
const LENGTH = 64;
const AIM_FLAG = ']'.charCodeAt(0);

/**
 * Parses a report of scanned data of HID POS scanners (HID Point of Sale Usage Tables, page 8C: symbology identifier, decoded
 * data, data continued): report id 2, length of the data, three characters of symbology that begin with `]`, up to 56 bytes of
 * data, and in the lowest bit of the last byte whether the text continues. Without a symbology the data start in its place.
 * `null` for every other report.
 */
export function readHidReport(report: Uint8Array) {
  const [id, length = 0, first] = report;
  if (id !== SCANNED_DATA || report.length !== LENGTH) return null;
  const start = first === AIM_FLAG ? 5 : 2;
  if (length > LENGTH - 3 - start) return null;
  return {
    data: report.subarray(start, start + length),
    continues: ((report[LENGTH - 1] ?? 0) & 1) === 1,
  };
}

/** The page of bar code scanners in the HID Point of Sale Usage Tables. */
const SCANNERS_PAGE = 0x8c;

type Ids = { vendorId: number; productId: number };

export function hidDriver(ids: Ids, place: string): ScannerDriver {
  return {
    driver: 'hid',
    place,
    async claim({ line: openLine, over }) {
      const device = await open(ids);
      const line = openLine(device);
      device.on('data', (bytes: Uint8Array) => {
        const report = readHidReport(bytes);
        if (report === null) return;
        line.bytes(report.data);
        if (!report.continues) line.end();
      });
      device.on('error', () => {
        line.end();
        over({ reason: 'it was unplugged', isFinal: false });
      });
      return {
        async release() {
          device.removeAllListeners();
          await device.close();
        },
      };
    },
  };
}

async function open({ vendorId, productId }: Ids): Promise<HIDAsync> {
  const lackLibrary = (error: unknown) => {
    throw new DeviceFault('scanners of this kind need the system library libusb-1.0-0', { cause: error });
  };
  // Loaded only here: it needs the system library libusb-1.0-0, which terminals without such a scanner may lack.
  const { default: hid } = await import('node-hid').catch(lackLibrary);
  const found = await hid.devicesAsync(vendorId, productId).catch(lackLibrary);
  if (found.length === 0) throw new DeviceFault('it is not plugged in');
  // A scanner may also have interfaces for its keyboard and for updates.
  const path = found.find(({ usagePage }) => usagePage === SCANNERS_PAGE)?.path;
  if (path === undefined) throw new DeviceFault('it is not set to HID POS: scan that setting from its manual');
  try {
    return await hid.HIDAsync.open(path);
  } catch (error) {
    throw new DeviceFault('the agent may not open it: its user needs access to the device', { cause: error });
  }
}
