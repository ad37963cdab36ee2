import { isGateName } from '@ticket-check/protocol';

export type DeviceEntry = {
  readonly name: string;
  readonly driver: string;
  readonly address: string;
  readonly options: ReadonlyMap<string, readonly string[]>;
};

/** The only option that may be given several times. */
const REPEATED = 'from';

/**
 * Parses devices separated by `;`, by name, and what `read` makes of each.
 *
 * @param optionsOf the options of each driver
 * @throws Error that says in words what is wrong.
 */
export function parseDevices<T>(
  text: string,
  optionsOf: Readonly<Record<string, readonly string[]>>,
  read: (entry: DeviceEntry) => T,
): ReadonlyMap<string, T> {
  const devices = new Map<string, T>();
  for (const part of text.split(';').map((written) => written.trim())) {
    if (part === '') continue;
    const [, name = '', driver = '', rest = ''] = /^([^=]*?)\s*=\s*([^:,\s]*)\s*:?(.*)$/.exec(part) ?? [];
    if (!part.includes('=')) throw new Error(`${part} is not name=driver:address`);
    if (!isGateName(name)) throw new Error(`${JSON.stringify(name)} cannot be a name`);
    if (devices.has(name)) throw new Error(`${name} is named twice`);
    try {
      const known = Object.hasOwn(optionsOf, driver) ? optionsOf[driver] : undefined;
      if (known === undefined)
        throw new Error(`${driver || 'nothing'} is no driver: there are ${Object.keys(optionsOf).join(', ')}`);
      devices.set(name, read({ name, driver, ...splitOptions(rest.trim(), known) }));
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`);
    }
  }
  return devices;
}

/** Parses options from the end, because a URL may contain commas. */
function splitOptions(written: string, known: readonly string[]): Pick<DeviceEntry, 'address' | 'options'> {
  const options = new Map<string, readonly string[]>();
  let address = written;
  for (;;) {
    const [found, name = '', value = ''] = /,\s*([a-z]+)\s*=\s*([^,=]*)$/.exec(address) ?? [];
    if (found === undefined || (address.includes('://') && !known.includes(name))) return { address, options };
    if (!known.includes(name)) throw new Error(`${name} is no option here: there are ${known.join(', ') || 'none'}`);
    if (options.has(name) && name !== REPEATED) throw new Error(`the option ${name} is given twice`);
    options.set(name, [value.trim(), ...(options.get(name) ?? [])]);
    address = address.slice(0, -found.length).trimEnd();
  }
}
