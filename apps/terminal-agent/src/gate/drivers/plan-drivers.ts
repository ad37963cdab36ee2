/** What opens a gate, according to the settings. */
export type DriverPlan = { readonly driver: 'none' } | RelayPlan | WebhookPlan;

/** A relay of a board on a serial port. */
export type RelayPlan = {
  readonly driver: 'lcus' | 'modbus';
  readonly path: string;
  readonly baudRate: number;
  /** Modbus unit; 0 if there is only one board on the port. */
  readonly unit: number;
  /** LCUS counts its channels from 1, Modbus its coils from 0. */
  readonly relay: number;
  readonly openMs: number;
  /** Whether the gate opens when the relay is released. */
  readonly opensOff: boolean;
  /** The command by which the board itself keeps the open time; null if the agent keeps it. */
  readonly flash: Flash | null;
  /** The sensor that sees people go through; null if there is none. */
  readonly sensor: SensorPlan | null;
};

/** An input of the same board, counted from 0, and how long an admitted guest may take. */
export type SensorPlan = { readonly input: number; readonly withinMs: number };

export type WebhookPlan = { readonly driver: 'webhook'; readonly url: URL; readonly openMs: number };

/** The commands of two families of Modbus boards that close a relay for a time. */
const FLASHES = ['waveshare', 'dam'] as const;
export type Flash = (typeof FLASHES)[number];

export const OPEN_MS = { shortest: 50, longest: 10_000 };

/** Seconds that a guest may take to go through. */
const WITHIN_SECONDS = { fewest: 1, usual: 10, most: 120 };

const CHANNELS = 8;
const UNITS = 247;
const INPUTS = 65_535;
/** The highest coil that each flash command can address, and that a unit has. */
const COILS: Readonly<Record<Flash | 'none', number>> = { none: 65_535, waveshare: 255, dam: 63 };
const BAUD_RATES = [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

const OPTIONS: Readonly<Record<'none' | 'lcus' | 'modbus' | 'webhook', readonly string[]>> = {
  none: [],
  lcus: ['open', 'active', 'baud'],
  modbus: ['open', 'active', 'baud', 'flash', 'sensor', 'within'],
  webhook: ['open'],
};

/**
 * Parses what opens each gate: `gate=none`, `gate=lcus:<path>#<channel>`, `gate=modbus:<path>@<unit>#<coil>` or
 * `gate=webhook:<url>`, each with options after commas, separated by `;`. Gates that are not named have no driver.
 *
 * @param openMs default open time of a gate
 * @throws Error that says in words what is wrong.
 */
export function planDrivers(
  text: string,
  { gates, openMs }: { gates: Iterable<string>; openMs: number },
): ReadonlyMap<string, DriverPlan> {
  const plans = new Map<string, DriverPlan>([...gates].map((gate) => [gate, { driver: 'none' }]));
  const known = [...plans.keys()].join(', ');
  const named = new Set<string>();
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const { gate, driver, address } = entryOf(part.trim());
    if (!plans.has(gate)) throw new Error(`${gate} is none of the gates ${known}`);
    if (named.has(gate)) throw new Error(`the gate ${gate} is named twice`);
    named.add(gate);
    try {
      plans.set(gate, planOf(driver, address, openMs));
    } catch (error) {
      throw new Error(`${gate}: ${(error as Error).message}`);
    }
  }
  refuseShared(plans);
  return plans;
}

function entryOf(part: string): { gate: string; driver: string; address: string } {
  const [, gate = '', driver = '', address = ''] = /^([^=]+)=([^:]+)(?::(.*))?$/.exec(part) ?? [];
  if (gate === '') throw new Error(`${part} is not gate=driver:address`);
  return { gate: gate.trim(), driver: driver.trim(), address: address.trim() };
}

function planOf(driver: string, written: string, usualOpenMs: number): DriverPlan {
  if (driver !== 'none' && driver !== 'lcus' && driver !== 'modbus' && driver !== 'webhook') {
    throw new Error(`${driver} is no driver: there are ${Object.keys(OPTIONS).join(', ')}`);
  }
  const { address, options } = optionsOf(written, OPTIONS[driver]);
  if (driver === 'none') {
    if (written !== '') throw new Error('none takes no address');
    return { driver };
  }
  const openMs = numberIn(options.get('open') ?? `${usualOpenMs}`, 'open', OPEN_MS.shortest, OPEN_MS.longest);
  if (driver === 'webhook') return { driver, url: webhookUrl(address), openMs };
  const flash = oneOfIn(options.get('flash'), 'flash', FLASHES);
  return {
    driver,
    ...(driver === 'lcus' ? lcusAddress(address) : modbusAddress(address, flash)),
    baudRate: Number(oneOfIn(options.get('baud'), 'baud', BAUD_RATES.map(String)) ?? 9600),
    openMs,
    opensOff: oneOfIn(options.get('active'), 'active', ['on', 'off']) === 'off',
    flash,
    sensor: sensorOf(options),
  };
}

function sensorOf(options: ReadonlyMap<string, string>): SensorPlan | null {
  const [input, within] = [options.get('sensor'), options.get('within')];
  if (input === undefined) {
    if (within !== undefined) throw new Error('within needs sensor');
    return null;
  }
  const { fewest, usual, most } = WITHIN_SECONDS;
  return {
    input: numberIn(input, 'sensor', 0, INPUTS),
    withinMs: 1000 * numberIn(within ?? `${usual}`, 'within', fewest, most),
  };
}

/** Parses options from the end, because addresses may contain commas. */
function optionsOf(
  written: string,
  known: readonly string[],
): { address: string; options: ReadonlyMap<string, string> } {
  const options = new Map<string, string>();
  let address = written;
  for (;;) {
    const [found, name = '', value = ''] = /,\s*([a-z]+)\s*=\s*([^,=]*)$/.exec(address) ?? [];
    if (found === undefined || (known === OPTIONS.webhook && !known.includes(name))) return { address, options };
    if (!known.includes(name)) throw new Error(`${name} is no option here: there are ${known.join(', ') || 'none'}`);
    if (options.has(name)) throw new Error(`the option ${name} is given twice`);
    options.set(name, value.trim());
    address = address.slice(0, -found.length).trimEnd();
  }
}

function lcusAddress(address: string): Pick<RelayPlan, 'path' | 'unit' | 'relay'> {
  const [, path, channel = ''] = /^([^,]+)#([^#@]*)$/.exec(address) ?? [];
  if (path === undefined) throw new Error('a board is named as lcus:<path>#<channel>');
  return { path, unit: 0, relay: numberIn(channel, 'the channel', 1, CHANNELS) };
}

function modbusAddress(address: string, flash: Flash | null): Pick<RelayPlan, 'path' | 'unit' | 'relay'> {
  const [, path, unit = '', coil = ''] = /^([^,]+)@([^@#]*)#([^@#]*)$/.exec(address) ?? [];
  if (path === undefined) throw new Error('a coil is named as modbus:<path>@<unit>#<coil>');
  return {
    path,
    unit: numberIn(unit, 'the unit', 1, UNITS),
    relay: numberIn(coil, 'the coil', 0, COILS[flash ?? 'none']),
  };
}

/** Requires TLS except for this machine: a call that is read on the network could be used to open the gate. */
function webhookUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new Error('what follows webhook: is no URL');
  if (url.username !== '' || url.password !== '') throw new Error('the URL must hold no username and no password');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw new Error('the URL must begin with https://');
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    throw new Error('the URL must begin with https://, http:// is only for this machine');
  }
  return url;
}

/** A relay or a sensor belongs to one gate; a port has one protocol and one speed. */
function refuseShared(plans: ReadonlyMap<string, DriverPlan>): void {
  const relays = new Map<string, string>();
  const sensors = new Map<string, string>();
  const ports = new Map<string, { gate: string; plan: RelayPlan }>();
  for (const [gate, plan] of plans) {
    if (plan.driver !== 'lcus' && plan.driver !== 'modbus') continue;
    const relay = `${plan.path}@${plan.unit}#${plan.relay}`;
    const other = relays.get(relay);
    if (other !== undefined) throw new Error(`${other} and ${gate} are on the same relay`);
    relays.set(relay, gate);
    if (plan.sensor !== null) {
      const sensor = `${plan.path}@${plan.unit}#${plan.sensor.input}`;
      const beside = sensors.get(sensor);
      if (beside !== undefined) throw new Error(`${beside} and ${gate} have the same sensor`);
      sensors.set(sensor, gate);
    }
    const port = ports.get(plan.path);
    if (port !== undefined && port.plan.driver !== plan.driver) {
      throw new Error(`${port.gate} and ${gate} are on the port ${plan.path} with different drivers`);
    }
    if (port !== undefined && port.plan.baudRate !== plan.baudRate) {
      throw new Error(`${port.gate} and ${gate} are on the port ${plan.path} at different speeds`);
    }
    ports.set(plan.path, { gate, plan });
  }
}

function numberIn(text: string, name: string, from: number, to: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= from && number <= to)) throw new Error(`${name} must be a whole number from ${from} to ${to}`);
  return number;
}

function oneOfIn<T extends string>(text: string | undefined, name: string, words: readonly T[]): T | null {
  if (text === undefined) return null;
  const word = words.find((known) => known === text);
  if (word === undefined) throw new Error(`${name} must be one of ${words.join(', ')}`);
  return word;
}
