import { type ErrorCode, ProtocolError } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import { LineTooLong, linesOf } from './lines.ts';
import { parseLine } from './parse-line.ts';
import type { RowKind } from './row-kind.ts';

/** Rows in the order of the file, with the numbers of their lines. */
export type RowChunk<Row> = { readonly rows: Row[]; readonly lines: number[] };

/** A bad line; the message begins with the element at fault. */
export class BadLine extends Error {
  readonly line: number;
  readonly code: ErrorCode | 'LINE_TOO_LONG';

  constructor(line: number, code: BadLine['code'], message: string) {
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
  for await (const line of linesAsBad(bytes)) {
    await turn();
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

async function* linesAsBad(bytes: AsyncIterable<Buffer>) {
  try {
    yield* linesOf(bytes);
  } catch (error) {
    throw error instanceof LineTooLong ? new BadLine(error.line, 'LINE_TOO_LONG', error.message) : error;
  }
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
