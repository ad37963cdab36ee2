import { ProtocolError, parseRow } from '@ticket-check/protocol';
import type { ZodType } from 'zod';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses one line of an import file as a row; null for an empty line.
 *
 * @throws ProtocolError INVALID_ENCODING, INVALID_JSON, DUPLICATE_KEY, or the code of the row's first fault.
 */
export function parseLine<Row>(row: ZodType<Row>, bytes: Buffer): Row | null {
  const text = decode(bytes);
  if (text.trim() === '') return null;
  const value = parseJson(text);
  if (hasDuplicateKey(text, value)) throw new ProtocolError('DUPLICATE_KEY', 'duplicate key');
  return parseRow(row, value);
}

function decode(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError('INVALID_ENCODING', 'it is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('INVALID_JSON', 'it is not JSON');
  }
}

const STRING_AND_COLON = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** JSON.parse keeps the last of two equal keys, so fewer keys are left than the text holds. */
function hasDuplicateKey(text: string, value: unknown): boolean {
  let written = 0;
  for (const [, colon] of text.matchAll(STRING_AND_COLON)) if (colon !== undefined) written += 1;
  return written !== countKeys(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, inner) => sum + countKeys(inner), own);
}
