import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { printBytes, printResult } from '@ticket-check/runtime';
import type { FileTask, FromThread, ToThread } from './file-thread-main.ts';
import type { FileFormat, Format, Language, Row, Table } from './table.ts';

/** Writes a table to standard output while its rows are read, so that it may have any number of them: `json` as one object a line. */
export async function writeTable(table: Table, format: Format, language: Language): Promise<void> {
  if (format !== 'json') return printBytes(fileOf(table, format, language));
  for await (const row of table.rows) printResult(JSON.stringify(row));
}

const PROGRAM = new URL('./file-thread-main.ts', import.meta.url);

/**
 * A table as a file (`makeFile`), made as it is read, in a thread of its own: two thirds of the time are words, escapes and
 * compression. The thread ends with the file, or as soon as nobody reads it. An error is thrown once no row is being read, so that
 * the store may be closed then.
 *
 * @param signal aborted when nobody waits for it; also noticed between two parts
 */
export async function* fileOf(
  { rows, ...table }: Table,
  format: FileFormat,
  language: Language,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const workerData: FileTask = { ...table, format, language };
  // Flags of the process, such as --input-type, are not meant for this program.
  const thread = new Worker(PROGRAM, { name: 'file', execArgv: [], workerData });
  // What goes wrong in it while it is being ended is nobody's concern; without a listener it would end the process.
  thread.on('error', () => {});
  const tell = (what: ToThread) => thread.postMessage(what);
  const pages = pagesOf(rows);
  const broken = new AbortController();
  const ends = AbortSignal.any(signal === undefined ? [broken.signal] : [broken.signal, signal]);
  async function handOver(): Promise<void> {
    try {
      const { done, value } = await pages.next();
      tell({ rows: done ? null : value });
    } catch (error) {
      broken.abort(error);
    }
  }
  try {
    for await (const [told] of on(thread, 'message', { close: ['exit'], signal: ends })) {
      const what: FromThread = told;
      if ('wants' in what) void handOver();
      else if ('made' in what) return;
      else {
        yield what.bytes;
        tell({ taken: true });
      }
    }
    throw new Error('The thread that makes a file has ended before it was made.');
  } catch (error) {
    throw ends.aborted ? ends.reason : error;
  } finally {
    await Promise.all([thread.terminate(), pages.return().catch(() => {})]);
  }
}

/** As JSON a page costs a millisecond, and far less than its copy. */
const ROWS_A_PAGE = 250;

async function* pagesOf(rows: AsyncIterable<Row>): AsyncGenerator<string, void> {
  let page: Row[] = [];
  for await (const row of rows) {
    if (page.push(row) < ROWS_A_PAGE) continue;
    yield JSON.stringify(page);
    page = [];
  }
  if (page.length > 0) yield JSON.stringify(page);
}
