import { type ErrorCode, ProtocolError, parseRow, refuseDuplicateKey, scanJsonObject } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import type { ZodType } from 'zod';
import type { RowKind } from './kinds.ts';

/** A bad line; the message begins with the element at fault. */
export class BadLine extends Error {
  readonly line: number;
  readonly code: ErrorCode;

  constructor(line: number, { code, message }: ProtocolError) {
    super(message);
    this.line = line;
    this.code = code;
  }
}

const ROWS_A_CHUNK = 1000;

/**
 * Reads an import file chunk by chunk, at most 1000 rows each with the numbers of their lines, holding one chunk at a time. Empty
 * lines are passed over.
 *
 * @throws BadLine at the first line that is no row.
 */
export async function* rowChunks<Row, Unread>(
  { row, finish }: Pick<RowKind<Row, Unread>, 'row' | 'finish'>,
  file: AsyncIterable<Buffer>,
) {
  let chunk: { readonly rows: Row[]; readonly lines: number[] } = { rows: [], lines: [] };
  for await (const { number, bytes } of linesOf(file)) {
    await turn();
    try {
      const unread = parseLine(row, bytes);
      if (unread === null) continue;
      chunk.rows.push(finish(unread));
    } catch (error) {
      throw error instanceof ProtocolError ? new BadLine(number, error) : error;
    }
    chunk.lines.push(number);
    if (chunk.rows.length < ROWS_A_CHUNK) continue;
    yield chunk;
    chunk = { rows: [], lines: [] };
  }
  if (chunk.rows.length > 0) yield chunk;
}

/** A refusal that names a row as one that names its line. */
export function atItsLine(error: unknown, lines: readonly number[]): unknown {
  const index = error instanceof ProtocolError ? error.details?.index : undefined;
  const line = typeof index === 'number' ? lines[index] : undefined;
  return error instanceof ProtocolError && line !== undefined ? new BadLine(line, error) : error;
}

const LINE_FEED = 0x0a;

/** One line of an import file: its number as an editor counts it, from 1, and its bytes without the line feed. */
type Line = { readonly number: number; readonly bytes: Buffer };

/** Cuts a stream of bytes into its lines, holding one chunk at a time. The last line needs no line feed. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    // The carried-over part holds no line feed, so the search starts after it.
    for (let end = bytes.indexOf(LINE_FEED, rest.length); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      yield { number, bytes: bytes.subarray(from, end) };
      number += 1;
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield { number, bytes: rest };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses one line of an import file as a row; null for an empty line.
 *
 * @throws ProtocolError INVALID_ENCODING, INVALID_JSON, DUPLICATE_KEY, or the code of the row's first fault.
 */
export function parseLine<Row>(row: ZodType<Row>, bytes: Buffer): Row | null {
  const text = readAs('INVALID_ENCODING', 'UTF-8', () => decoder.decode(bytes));
  if (text.trim() === '') return null;
  const parsed: unknown = readAs('INVALID_JSON', 'JSON', () => JSON.parse(text));
  if (parsed instanceof Object && !Array.isArray(parsed)) refuseDuplicateKey(scanJsonObject(text, ''));
  return parseRow(row, parsed);
}

function readAs<T>(code: ErrorCode, what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new ProtocolError(code, `it is not ${what}`);
  }
}
