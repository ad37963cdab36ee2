import { isGateName, parseScreenCode, type ScreenCode } from '@ticket-check/protocol';
import { type DeviceEntry, parseDevices } from '../devices/device-entries.ts';

/** The gates of a terminal and the screens behind each. The first is the usual one, of scans that name none. */
export type GatePlan = readonly (readonly [name: string, screens: readonly ScreenCode[] | 'any'])[];

/**
 * Parses the gates of a terminal: `gate-1=screen,screen;gate-2`. A gate without screens leads to all.
 *
 * @throws Error, or ProtocolError for a screen code, that says in words what is wrong.
 */
export function parseGates(text: string): GatePlan {
  const gates: [string, readonly ScreenCode[] | 'any'][] = [];
  for (const part of text.split(';')) {
    if (part.trim() === '') continue;
    const [name = '', screens = '', ...rest] = part.split('=').map((word) => word.trim());
    if (rest.length > 0) throw new Error(`${part.trim()} is not name=screens`);
    if (!isGateName(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a gate`);
    if (gates.some(([other]) => other === name)) throw new Error(`the gate ${name} is named twice`);
    const codes = screens.split(',').flatMap((code) => code.trim() || []);
    gates.push([name, codes.length === 0 ? 'any' : codes.map((code) => parseScreenCode(code))]);
  }
  if (gates.length === 0) throw new Error('no gate is named');
  return gates;
}

export type DriverPlan = { readonly driver: 'none' } | RelayPlan | WebhookPlan;

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
  readonly sensor: SensorPlan | null;
};

/** An input of the same board, counted from 0, and how long an admitted guest may take. */
export type SensorPlan = { readonly input: number; readonly withinMs: number };

export type WebhookPlan = { readonly driver: 'webhook'; readonly url: URL; readonly openMs: number };

/** The commands of two families of Modbus boards that close a relay for a time. */
const FLASHES = ['waveshare', 'dam'] as const;
export type Flash = (typeof FLASHES)[number];

/** The highest coil that each flash command can address, and that a unit has. */
const COILS: Readonly<Record<Flash | 'none', number>> = { none: 65_535, waveshare: 255, dam: 63 };
const BAUD_RATES = ['1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200'];

const OPTIONS = {
  none: [],
  lcus: ['open', 'active', 'baud'],
  modbus: ['open', 'active', 'baud', 'flash', 'sensor', 'within'],
  webhook: ['open'],
} as const;

/**
 * Parses what opens each gate: `gate=none`, `gate=lcus:<path>#<channel>`, `gate=modbus:<path>@<unit>#<coil>` or
 * `gate=webhook:<url>`, each with options after commas, separated by `;`. Gates that are not named have no driver.
 *
 * @throws Error that says in words what is wrong.
 */
export function planDrivers(text: string, gates: readonly string[]): ReadonlyMap<string, DriverPlan> {
  const named = parseDevices(text, OPTIONS, (entry) => {
    if (!gates.includes(entry.name)) throw new Error(`it is none of the gates ${gates.join(', ')}`);
    return planOf(entry);
  });
  const plans = new Map<string, DriverPlan>(gates.map((gate) => [gate, named.get(gate) ?? { driver: 'none' }]));
  refuseShared(plans);
  return plans;
}

function planOf({ driver, address, options }: DeviceEntry): DriverPlan {
  if (driver === 'none') {
    if (address !== '') throw new Error('none takes no address');
    return { driver };
  }
  const option = (name: string) => options.get(name)?.[0];
  const openMs = numberIn(option('open') ?? '500', 'open', 50, 10_000);
  if (driver === 'webhook') return { driver, url: webhookUrl(address), openMs };
  const flash = oneOfIn(option('flash'), 'flash', FLASHES);
  const [sensor, within] = [option('sensor'), option('within')];
  if (sensor === undefined && within !== undefined) throw new Error('within needs sensor');
  return {
    ...(driver === 'lcus'
      ? { driver, ...lcusAddress(address) }
      : { driver: 'modbus', ...modbusAddress(address, flash) }),
    baudRate: Number(oneOfIn(option('baud'), 'baud', BAUD_RATES) ?? 9600),
    openMs,
    opensOff: oneOfIn(option('active'), 'active', ['on', 'off']) === 'off',
    flash,
    sensor:
      sensor === undefined
        ? null
        : {
            input: numberIn(sensor, 'sensor', 0, 65_535),
            withinMs: 1000 * numberIn(within ?? '10', 'within', 1, 120),
          },
  };
}

function lcusAddress(address: string): Pick<RelayPlan, 'path' | 'unit' | 'relay'> {
  const [, path, channel = ''] = /^([^,]+)#([^#@]*)$/.exec(address) ?? [];
  if (path === undefined) throw new Error('a board is named as lcus:<path>#<channel>');
  return { path, unit: 0, relay: numberIn(channel, 'the channel', 1, 8) };
}

function modbusAddress(address: string, flash: Flash | null): Pick<RelayPlan, 'path' | 'unit' | 'relay'> {
  const [, path, unit = '', coil = ''] = /^([^,]+)@([^@#]*)#([^@#]*)$/.exec(address) ?? [];
  if (path === undefined) throw new Error('a coil is named as modbus:<path>@<unit>#<coil>');
  return {
    path,
    unit: numberIn(unit, 'the unit', 1, 247),
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
  const boards = [...plans].flatMap(([gate, plan]) => ('relay' in plan ? [{ gate, plan }] : []));
  for (const [index, { gate, plan }] of boards.entries()) {
    for (const other of boards.slice(0, index).filter(({ plan: { path } }) => path === plan.path)) {
      const both = `${other.gate} and ${gate}`;
      const onPort = `${both} are on the port ${plan.path}`;
      if (other.plan.driver !== plan.driver) throw new Error(`${onPort} with different drivers`);
      if (other.plan.baudRate !== plan.baudRate) throw new Error(`${onPort} at different speeds`);
      if (other.plan.unit !== plan.unit) continue;
      if (other.plan.relay === plan.relay) throw new Error(`${both} are on the same relay`);
      if (plan.sensor !== null && other.plan.sensor?.input === plan.sensor.input) {
        throw new Error(`${both} have the same sensor`);
      }
    }
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
