import { isGateName, parseScreenCode, type ScreenCode } from '@ticket-check/protocol';

/** The screens of each gate in the settings; `null` if none are named. */
export type WrittenGates = ReadonlyMap<string, readonly ScreenCode[] | null>;

/** The gates of a terminal and the screens behind each. */
export type GatePlan = {
  screensOf: ReadonlyMap<string, readonly ScreenCode[] | 'any'>;
  /** The gate of scans that name none. */
  usual: string;
};

/**
 * Parses the gates of a terminal: `gate-1=screen,screen;gate-2`, or as JSON `{"gate-1": ["screen"], "gate-2": []}`. A gate
 * without screens leaves them open.
 *
 * @throws Error, or ProtocolError for a screen code, that says in words what is wrong.
 */
export function parseGates(text: string): WrittenGates {
  const written = text.trimStart().startsWith('{') ? gatesInJson(text) : gatesInText(text);
  const gates = new Map<string, readonly ScreenCode[] | null>();
  for (const [name, screens] of written) {
    if (!isGateName(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a gate`);
    if (gates.has(name)) throw new Error(`the gate ${name} is named twice`);
    gates.set(name, screens.length === 0 ? null : screens.map((code) => parseScreenCode(code)));
  }
  if (gates.size === 0) throw new Error('no gate is named');
  return gates;
}

/**
 * @throws Error in words if the usual gate is none of the named ones.
 */
export function planGates(settings: {
  gates: WrittenGates | null;
  usual: string | null;
  /** The screens of gates that name none; `null` for all. */
  screens: readonly ScreenCode[] | null;
}): GatePlan {
  const { screens } = settings;
  const gates: WrittenGates = settings.gates ?? new Map([[settings.usual ?? 'gate-1', null]]);
  const usual = settings.usual ?? [...gates.keys()][0] ?? '';
  if (!gates.has(usual)) throw new Error(`${usual} is none of the gates ${[...gates.keys()].join(', ')}`);
  return { usual, screensOf: new Map([...gates].map(([name, own]) => [name, own ?? screens ?? 'any'])) };
}

function gatesInText(text: string): [string, string[]][] {
  return text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [name = '', screens = '', ...rest] = part.split('=');
      if (rest.length > 0) throw new Error(`${part.trim()} is not name=screens`);
      return [name.trim(), screens.split(',').flatMap((code) => code.trim() || [])];
    });
}

function gatesInJson(text: string): [string, string[]][] {
  let gates: unknown;
  try {
    gates = JSON.parse(text);
  } catch {
    throw new Error('invalid JSON');
  }
  return Object.entries(gates as object).map(([name, screens]) => {
    if (Array.isArray(screens) && screens.every((code) => typeof code === 'string')) return [name, screens];
    throw new Error(`the screens of ${name} must be a list of strings`);
  });
}
