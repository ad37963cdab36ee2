import { ProtocolError } from '../errors.ts';
import { quoted } from '../reply-bounds.ts';
import { atOnce } from '../text.ts';

/** The position of a value in a text: from `start` up to, not including, `end`. */
type Span = { readonly start: number; readonly end: number };

/** What a pass over the text of a JSON object shows and the parsed value hides. */
export type JsonScan = {
  readonly spans: ReadonlyMap<string, Span>;
  /** The first duplicate key in a watched object, after unescaping; null if there is none. */
  readonly duplicateKey: string | null;
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const isWhiteSpace = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;

const isEscaped = (text: string, quote: number): boolean => {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
};

/** The position after the JSON string that opens at `start`. */
const endOfString = (text: string, start: number): number => {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote + 1;
};

/** The key between two quotes, unescaped where it is no longer than `maxUnits`. */
const keyAt = (text: string, start: number, end: number, maxUnits: number): string => {
  const raw = text.slice(start + 1, end - 1);
  if (raw.length > maxUnits || !raw.includes('\\')) return raw;
  try {
    return JSON.parse(text.slice(start, end)) as string;
  } catch {
    return raw;
  }
};

// What stands open at a position: an object whose keys are watched, any other object, or an array.
type Container = Set<string> | 'object' | 'array';

/** A part of a walk over a text, about a millisecond. A longer key names no element, and is compared as it is written. */
const PART_UNITS = 32 * 1024;

type ScanOptions = {
  /** Inside which values of the outermost object, by key, keys are watched at every level. */
  readonly watches: (key: string) => boolean;
  readonly partUnits?: number;
  readonly maxValues?: number;
};

/** Walks once over a JSON object: where its values are, and the first duplicate key at the top level or inside `watchedKey`. E4. */
export const scanJsonObject = (text: string, watchedKey: string): JsonScan =>
  atOnce(scanJsonInParts(text, { watches: (key) => key === watchedKey, partUnits: Number.POSITIVE_INFINITY }));

/** `scanJsonObject` that yields between parts. Of a text that is no JSON the result means nothing. */
export function* scanJsonInParts(
  text: string,
  { watches, partUnits = PART_UNITS, maxValues = Number.POSITIVE_INFINITY }: ScanOptions,
): Generator<void, JsonScan, void> {
  const spans = new Map<string, Span>();
  const enclosing: Container[] = [];
  let inside: Container = 'array';
  let topKey = '';
  let stringStart = -1;
  let awaitsTopValue = false;
  let valueStart = -1;
  // After the last unit that is no white space.
  let written = 0;
  let expectsKey = false;
  let duplicateKey: string | null = null;
  let values = 0;

  const open = (container: Container): void => {
    values++;
    enclosing.push(inside);
    inside = container;
    expectsKey = container !== 'array';
  };
  const endTopValue = (): void => {
    if (enclosing.length !== 1 || valueStart === -1) return;
    spans.set(topKey, { start: valueStart, end: written });
    valueStart = -1;
  };
  const seeKey = (start: number, end: number): void => {
    expectsKey = false;
    if (!(inside instanceof Set)) return;
    const key = keyAt(text, start, end, partUnits);
    if (inside.has(key)) duplicateKey ??= key;
    inside.add(key);
    if (enclosing.length === 1) topKey = key;
  };

  let pause = partUnits;
  for (let position = 0; position < text.length && values <= maxValues; position++) {
    if (position >= pause) {
      pause = position + partUnits;
      yield;
    }
    const unit = text.charCodeAt(position);
    if (stringStart !== -1) {
      if (unit === BACKSLASH) position++;
      if (unit !== QUOTE) continue;
      written = position + 1;
      if (expectsKey) seeKey(stringStart, written);
      stringStart = -1;
      continue;
    }
    if (isWhiteSpace(unit)) continue;
    if (awaitsTopValue) valueStart = position;
    awaitsTopValue = false;
    switch (unit) {
      case QUOTE:
        stringStart = position;
        break;
      case COLON:
        awaitsTopValue = enclosing.length === 1;
        break;
      case COMMA:
        values++;
        endTopValue();
        expectsKey = inside !== 'array';
        break;
      case OPEN_BRACE:
        open(enclosing.length === 0 || watches(topKey) ? new Set() : 'object');
        break;
      case OPEN_BRACKET:
        open('array');
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        endTopValue();
        inside = enclosing.pop() ?? 'array';
        expectsKey = false;
        break;
    }
    written = position + 1;
  }
  return { spans, duplicateKey };
}

/** Throws DUPLICATE_KEY where a scan met one. */
export const refuseDuplicateKey = ({ duplicateKey }: JsonScan): void => {
  if (duplicateKey === null) return;
  throw new ProtocolError('DUPLICATE_KEY', `duplicate key ${JSON.stringify(quoted(duplicateKey))} in one object`);
};

/** The same JSON text without the white space between its tokens; strings stay as they are. */
export const withoutWhiteSpace = (text: string): string => {
  const parts: string[] = [];
  let kept = 0;
  for (let position = 0; position < text.length; position++) {
    const unit = text.charCodeAt(position);
    if (unit === QUOTE) {
      position = endOfString(text, position) - 1;
    } else if (isWhiteSpace(unit)) {
      if (position > kept) parts.push(text.slice(kept, position));
      kept = position + 1;
    }
  }
  parts.push(text.slice(kept));
  return parts.join('');
};
