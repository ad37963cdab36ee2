import { type ErrorCode, ProtocolError, parseRow } from '@ticket-check/protocol';
import type { ZodType } from 'zod';
import type { RowKind } from './kinds.ts';

/** Rows in the order of the file, with the numbers of their lines. */
export type RowChunk<Row> = { readonly rows: Row[]; readonly lines: number[] };

/** A bad line; the message begins with the element at fault. */
export class BadLine extends Error {
  readonly line: number;
  readonly code: ErrorCode;

  constructor(line: number, code: ErrorCode, message: string) {
    super(message);
    this.line = line;
    this.code = code;
  }
}

const ROWS_A_CHUNK = 1000;

/**
 * Reads an import file chunk by chunk, at most 1000 rows each, holding one chunk at a time. Empty lines are passed over.
 *
 * @throws BadLine at the first line that is no row.
 */
export async function* rowChunks<Row, Unread>(
  { row, finish }: Pick<RowKind<Row, Unread>, 'row' | 'finish'>,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<RowChunk<Row>> {
  let chunk: RowChunk<Row> = { rows: [], lines: [] };
  for await (const line of linesOf(bytes)) {
    const unread = atLine(line.number, () => parseLine(row, line.bytes));
    if (unread === null) continue;
    chunk.rows.push(atLine(line.number, () => finish(unread)));
    chunk.lines.push(line.number);
    if (chunk.rows.length < ROWS_A_CHUNK) continue;
    yield chunk;
    chunk = { rows: [], lines: [] };
  }
  if (chunk.rows.length > 0) yield chunk;
}

function atLine<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof ProtocolError ? new BadLine(line, error.code, error.message) : error;
  }
}

/** Runs something over a chunk's rows and turns a refusal that names a row into one that names its line. */
export async function overChunk<Row, T>(chunk: RowChunk<Row>, run: (rows: Row[]) => Promise<T>): Promise<T> {
  try {
    return await run(chunk.rows);
  } catch (error) {
    const index = error instanceof ProtocolError ? error.details?.index : undefined;
    const line = typeof index === 'number' ? chunk.lines[index] : undefined;
    if (!(error instanceof ProtocolError) || line === undefined) throw error;
    throw new BadLine(line, error.code, error.message);
  }
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
 * @throws ProtocolError INVALID_ENCODING, INVALID_JSON, or the code of the row's first fault.
 */
export function parseLine<Row>(row: ZodType<Row>, bytes: Buffer): Row | null {
  const text = decode(bytes);
  if (text.trim() === '') return null;
  return parseRow(row, parseJson(text));
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
