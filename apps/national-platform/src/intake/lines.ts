const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The longest line of an import file, in bytes: many times the longest ticket, and a bound on memory. */
export const LONGEST_LINE = 64 * 1024;

/** One line of an import file: its number as an editor counts it (from 1), and its bytes without the line end. */
export type Line = { readonly number: number; readonly bytes: Buffer };

/** A line that exceeds `LONGEST_LINE`. */
export class LineTooLong extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`the line is longer than ${LONGEST_LINE} bytes`);
    this.line = line;
  }
}

/**
 * Cuts a stream of bytes into its lines, holding one line at a time. Line ends are LF or CRLF; the last line needs none.
 *
 * Throws `LineTooLong` as soon as a line passes `LONGEST_LINE`, without waiting for its end.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // The carried-over part holds no line feed, so the search starts after it.
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED, rest.length); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      yield lineAt(number, bytes.subarray(from, end));
      number += 1;
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST_LINE) throw new LineTooLong(number);
  }
  if (rest.length > 0) yield lineAt(number, rest);
}

function lineAt(number: number, bytes: Buffer): Line {
  if (bytes.length > LONGEST_LINE) throw new LineTooLong(number);
  return { number, bytes: bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes };
}
