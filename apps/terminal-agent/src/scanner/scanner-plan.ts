import { isGateName } from '@ticket-check/protocol';
import { parseAddresses } from '@ticket-check/runtime';

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

/** How each place is written, and what reads it; null: not written like that. */
const PLACES: Readonly<Record<string, { form: string; read(rest: string): ScannerPlace | null }>> = {
  stdin: { form: 'stdin', read: (rest) => (rest === '' ? { driver: 'stdin' } : null) },
  serial: {
    form: 'serial:/dev/serial/by-id/… or serial:/dev/ttyACM0@115200, with 300 to 4000000 baud',
    read(rest) {
      const { path = '', baud = `${USUAL_BAUD}` } = /^(?<path>.+?)(?:@(?<baud>\d+))?$/.exec(rest)?.groups ?? {};
      const rate = Number(baud);
      return path !== '' && rate >= 300 && rate <= 4_000_000 ? { driver: 'serial', path, baud: rate } : null;
    },
  },
  hid: {
    form: 'hid:0c2e:0b61, vendor and product in four hexadecimal digits each',
    read(rest) {
      const [, vendor, product] = /^(?:0x)?([0-9a-f]{4}):(?:0x)?([0-9a-f]{4})$/i.exec(rest) ?? [];
      if (vendor === undefined || product === undefined) return null;
      return { driver: 'hid', vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16) };
    },
  },
  tcp: {
    form: 'tcp:9100, a port from 1 to 65535',
    read(rest) {
      const port = /^\d{1,5}$/.test(rest) ? Number(rest) : 0;
      return port >= 1 && port <= 65_535 ? { driver: 'tcp', port, from: [] } : null;
    },
  },
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
  const scanners = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readScanner);
  if (scanners.length === 0) throw new Error('no scanner is named');
  for (const [index, { name, gate, place }] of scanners.entries()) {
    if (gate !== null && !gates.includes(gate)) {
      throw new Error(`${name} is at the gate ${gate}, which is none of ${gates.join(', ')}`);
    }
    const where = placeName(place);
    for (const other of scanners.slice(0, index)) {
      if (other.name === name) throw new Error(`the scanner ${name} is named twice`);
      if (placeName(other.place) !== where) continue;
      throw new Error(`${other.name} and ${name} are both at ${where}, which only one of them can have`);
    }
    const own = Object.entries(ports).find(([, port]) => place.driver === 'tcp' && port === place.port);
    if (own !== undefined) throw new Error(`${name} is at ${where}, which is ${own[0]} of the agent itself`);
  }
  return scanners;
}

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

function readScanner(part: string): PlannedScanner {
  const [, before = '', written = '', options = ''] = /^([^=]*)=([^,]*)(?:,(.*))?$/.exec(part) ?? [];
  const [name, address] = [before.trim(), written.trim()];
  if (!part.includes('=')) throw new Error(`${part} is not name=driver`);
  if (!isGateName(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a scanner`);
  const [driver = '', ...rest] = address.split(':');
  const known = Object.hasOwn(PLACES, driver) ? PLACES[driver] : undefined;
  if (known === undefined) throw new Error(`${name}: ${driver || 'nothing'} is none of stdin, serial, hid and tcp`);
  const place = known.read(rest.join(':'));
  if (place === null) throw new Error(`${name}: ${address} is not written as ${known.form}`);
  const { gate, from } = readOptions(name, options.trim());
  if (place.driver === 'tcp') {
    if (from.length > 0) return { name, place: { ...place, from }, gate };
    throw new Error(`${name}: ,from=address must follow tcp, once for each address or subnet that may connect`);
  }
  if (from.length > 0) throw new Error(`${name}: from=address is for tcp only`);
  return { name, place, gate };
}

function readOptions(name: string, options: string): { gate: string | null; from: string[] } {
  let gate: string | null = null;
  const from: string[] = [];
  for (const option of options === '' ? [] : options.split(',')) {
    const [, key, value = ''] = /^\s*(gate|from)=(.+)$/.exec(option) ?? [];
    if (key === 'gate' && gate === null && isGateName(value.trim())) gate = value.trim();
    else if (key === 'from') {
      parseAddresses(value);
      from.push(value.trim());
    } else throw new Error(`${name}: only gate=name and from=address may follow the driver, not ${option.trim()}`);
  }
  return { gate, from };
}

const hex = (id: number): string => id.toString(16).padStart(4, '0');
