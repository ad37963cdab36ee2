import { PageError } from './page-error.ts';

/** The texts of a form or query, by name. */
export type SentTexts = ReadonlyMap<string, string>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function refuseControlsIn(text: string): void {
  if (!text.isWellFormed() || CONTROLS.test(text)) throw new PageError('bad-input');
}

/**
 * Looks through what was sent as JSON.
 * @throws PageError if a text in it holds what no keyboard types and no database takes.
 */
export function refuseControls(sent: unknown): void {
  const left = [sent];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') refuseControlsIn(value);
    else if (typeof value === 'object' && value !== null) left.push(...Object.keys(value), ...Object.values(value));
  }
}

/**
 * Reads what a browser sent as a form or query; of a name that came more than once, the first.
 * @throws PageError if a text holds what no keyboard types and no database takes.
 */
export function readTexts(sent: unknown): SentTexts {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(sent ?? {})) {
    const text: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof text !== 'string') continue;
    refuseControlsIn(text);
    texts.set(name, text);
  }
  return texts;
}
