import type { Span } from './scan-json.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const KEY = 'QueryData';
// Each of its characters may be written as an escape of six.
const LONGEST_KEY = KEY.length * 6;

/** A part of a pass over a body, a fraction of a millisecond. */
const PART_BYTES = 128 * 1024;
/** A thousand records or rows, even with five times the elements that the scheme names, hold fewer values. */
const MAX_VALUES = 100_000;

/**
 * Finds the object that is the value of the top-level key QueryData in the bytes of a body, in one pass that costs a few
 * nanoseconds a byte whatever the content. Yields between parts. Assumes JSON and checks nothing: the caller parses the
 * object, and what surrounds it, afterwards.
 *
 * @returns its position in bytes; null if it is missing or holds more values than any request needs
 */
export function* findQueryData(body: Buffer): Generator<void, Span | null, void> {
  let depth = 0;
  let values = 0;
  let start = -1;
  let keyStart = 0;
  let keyEnd = 0;
  let expectsKey = false;
  let isQueryData = false;
  let inString = false;
  let position = 0;
  for (let until = PART_BYTES; position < body.length; until += PART_BYTES) {
    const end = Math.min(until, body.length);
    for (; position < end; position += 1) {
      const byte = body[position];
      if (inString) {
        if (byte === BACKSLASH) position += 1;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 1) keyEnd = position;
        }
        continue;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          if (depth === 1) keyStart = position + 1;
          break;
        case COLON:
          if (depth === 1 && expectsKey) {
            expectsKey = false;
            isQueryData = spellsQueryData(body, keyStart, keyEnd);
          }
          break;
        case COMMA:
          values += 1;
          if (depth === 1) {
            expectsKey = true;
            isQueryData = false;
          }
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          values += 1;
          if (depth === 1 && isQueryData && byte === OPEN_BRACE) start = position;
          depth += 1;
          if (depth === 1) expectsKey = true;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth -= 1;
          if (depth === 1 && start !== -1) return { start, end: position + 1 };
          break;
      }
      if (values > MAX_VALUES) return null;
    }
    yield;
  }
  return null;
}

function spellsQueryData(body: Buffer, start: number, end: number): boolean {
  if (end - start < KEY.length || end - start > LONGEST_KEY) return false;
  const raw = body.toString('latin1', start, end);
  if (!raw.includes('\\')) return raw === KEY;
  try {
    return JSON.parse(`"${raw}"`) === KEY;
  } catch {
    return false;
  }
}
