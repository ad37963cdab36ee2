import { parseAddresses } from '@ticket-check/runtime';
import { type DeviceEntry, parseDevices } from '../devices/device-entries.ts';

export type ScannerPlace =
  | { readonly driver: 'stdin' }
  | { readonly driver: 'serial'; readonly path: string; readonly baud: number }
  | { readonly driver: 'hid'; readonly vendorId: number; readonly productId: number }
  /** `from`: the addresses and subnets of the devices that may connect. */
  | { readonly driver: 'tcp'; readonly port: number; readonly from: readonly string[] };

export type PlannedScanner = {
  readonly name: string;
  readonly place: ScannerPlace;
  /** The gate of its scans; `null` for the usual one. */
  readonly gate: string | null;
};

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
 * @param ports the agent's own ports, by the settings that name them
 * @throws Error that says in words what is wrong.
 */
export function planScanners(
  text: string,
  { gates, ports }: { gates: readonly string[]; ports: Readonly<Record<string, number>> },
): readonly PlannedScanner[] {
  const takenBy = new Map(Object.entries(ports).map(([setting, port]) => [placeName(tcp(port)), setting]));
  const scanners = parseDevices(text, OPTIONS, (entry): PlannedScanner => {
    const place = placeOf(entry);
    if (place === null) throw new Error(`it is not written as ${FORMS[entry.driver]}`);
    const [gate = null] = entry.options.get('gate') ?? [];
    if (gate !== null && !gates.includes(gate)) throw new Error(`gate ${gate} is none of ${gates.join(', ')}`);
    const where = placeName(place);
    const other = takenBy.get(where);
    if (other !== undefined) throw new Error(`${other} is at ${where} too, which only one of them can have`);
    takenBy.set(where, entry.name);
    return { name: entry.name, place, gate };
  });
  if (scanners.size === 0) throw new Error('no scanner is named');
  return [...scanners.values()];
}

function placeOf({ driver, address, options }: DeviceEntry): ScannerPlace | null {
  switch (driver) {
    case 'stdin':
      return address === '' ? { driver } : null;
    case 'serial': {
      const { path = '', baud = `${USUAL_BAUD}` } = /^(?<path>.+?)(?:@(?<baud>\d+))?$/.exec(address)?.groups ?? {};
      const rate = Number(baud);
      return path !== '' && rate >= 300 && rate <= 4_000_000 ? { driver, path, baud: rate } : null;
    }
    case 'hid': {
      const [, vendor, product] = /^(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})$/i.exec(address) ?? [];
      if (vendor === undefined || product === undefined) return null;
      return { driver, vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16) };
    }
    default: {
      const port = /^\d{1,5}$/.test(address) ? Number(address) : 0;
      const from = options.get('from') ?? [];
      if (from.length === 0 || port < 1 || port > 65_535) return null;
      parseAddresses(from.join(','));
      return tcp(port, from);
    }
  }
}

const tcp = (port: number, from: readonly string[] = []): ScannerPlace => ({ driver: 'tcp', port, from });

/** Names the place in words for people; the same for two scanners that exclude each other. */
export function placeName(place: ScannerPlace): string {
  switch (place.driver) {
    case 'stdin':
      return 'standard input';
    case 'serial':
      return place.path;
    case 'hid':
      return `the USB device ${hex(place.vendorId)}:${hex(place.productId)}`;
    case 'tcp':
      return `TCP port ${place.port}`;
  }
}

const hex = (id: number): string => id.toString(16).padStart(4, '0');
