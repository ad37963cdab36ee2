import { parseAddresses } from '@ticket-check/runtime';
import { type DeviceEntry, parseDevices } from '../devices/device-entries.ts';
import { hidDriver } from './drivers/hid.ts';
import type { ScannerDriver } from './drivers/scanner-driver.ts';
import { serialDriver } from './drivers/serial.ts';
import { standardInputDriver } from './drivers/standard-input.ts';
import { tcpDriver } from './drivers/tcp.ts';
import type { Scanner } from './run-scanner.ts';

/** The factory setting; USB scanners that are serial ports ignore it. */
const USUAL_BAUD = 9600;

const OPTIONS = { stdin: ['gate'], serial: ['gate'], hid: ['gate'], tcp: ['gate', 'from'] } as const;

const FORMS: Readonly<Record<string, string>> = {
  stdin: 'stdin',
  serial: 'serial:/dev/serial/by-id/… or serial:/dev/ttyACM0@115200, with 300 to 4000000 baud',
  hid: 'hid:0c2e:0b61, vendor and product in four hexadecimal digits each',
  tcp: 'tcp:9100,from=192.168.7.20, a port from 1 to 65535 and the addresses that may connect',
};

/**
 * Parses the scanners of a terminal: `left=serial:/dev/ttyACM0@115200,gate=east;right=tcp:9100,from=192.168.7.20`.
 *
 * @param gates the terminal's gates
 * @param host the address that the agent itself listens on
 * @param ports the agent's own ports, by the settings that name them
 * @throws Error that says in words what is wrong.
 */
export function planScanners(
  text: string,
  { gates, host, ports }: { gates: readonly string[]; host: string; ports: Readonly<Record<string, number>> },
): readonly Scanner[] {
  const takenBy = new Map(Object.entries(ports).map(([setting, port]) => [tcpPort(port), setting]));
  const scanners = parseDevices(text, OPTIONS, (entry): Scanner => {
    const { name, driver: kind, options } = entry;
    const placed = driverOf(entry, host);
    if (placed === null) throw new Error(`it is not written as ${FORMS[kind]}`);
    const [where, driver] = placed;
    const [gate = null] = options.get('gate') ?? [];
    if (gate !== null && !gates.includes(gate)) throw new Error(`gate ${gate} is none of ${gates.join(', ')}`);
    const other = takenBy.get(where);
    if (other !== undefined) throw new Error(`${other} is at ${where} too, which only one of them can have`);
    takenBy.set(where, name);
    return { name, gate, driver };
  });
  if (scanners.size === 0) throw new Error('no scanner is named');
  return [...scanners.values()];
}

const tcpPort = (port: number): string => `TCP port ${port}`;

/** The place that only this scanner can have, in words for people, and its driver; null if the address has another form. */
function driverOf(
  { driver, address, options }: DeviceEntry,
  host: string,
): readonly [where: string, driver: ScannerDriver] | null {
  switch (driver) {
    case 'stdin':
      return address === '' ? ['standard input', standardInputDriver({ isPermanent: true })] : null;
    case 'serial': {
      const { path = '', baud = `${USUAL_BAUD}` } = /^(?<path>.+?)(?:@(?<baud>\d+))?$/.exec(address)?.groups ?? {};
      const rate = Number(baud);
      return path !== '' && rate >= 300 && rate <= 4_000_000 ? [path, serialDriver({ path, baud: rate })] : null;
    }
    case 'hid': {
      const [, vendor, product] = /^(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})$/.exec(address.toLowerCase()) ?? [];
      if (vendor === undefined || product === undefined) return null;
      const ids = { vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16) };
      const where = `the USB device ${vendor}:${product}`;
      return [where, hidDriver(ids, where)];
    }
    default: {
      const port = /^\d{1,5}$/.test(address) ? Number(address) : 0;
      const from = options.get('from') ?? [];
      if (from.length === 0 || port < 1 || port > 65_535) return null;
      return [tcpPort(port), tcpDriver({ host, port, from: parseAddresses(from.join(',')) })];
    }
  }
}
