import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { IntakeReply } from '@ticket-check/protocol';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { type Intake, importRows } from './import-rows.ts';
import type { RowKind } from './kinds.ts';
import { atItsLine, BadLine, rowChunks } from './row-chunks.ts';

/** Long enough for another process to get the write lock of SQLite, which it asks for every millisecond or so. */
const PAUSE_MS = 5;

/**
 * Imports NDJSON, at most 1000 rows per transaction, so that a running service on the same database keeps answering. A source
 * that can be read twice is read through first, and nothing of it is imported if a line is no row. Otherwise the chunks before
 * the line at fault are imported. Importing again is safe.
 *
 * Calls `onProgress` after each chunk with the number of the last imported line.
 *
 * @throws ExpectedError naming the line, the reason, what was imported and what to do.
 */
export async function importFile<Row, Unread>(
  kind: RowKind<Row, Unread>,
  intake: Intake,
  source: ImportSource,
  onProgress: (lines: number) => void = () => {},
): Promise<IntakeReply> {
  const total = { imported: 0, unchanged: 0 };
  let lastLine = 0;
  try {
    if (source.rereadable) for await (const _ of rowChunks(kind, source.read()));
    for await (const { rows, lines } of rowChunks(kind, source.read())) {
      const { imported, unchanged } = await importRows(kind, intake, rows).catch((error: unknown) => {
        throw atItsLine(error, lines);
      });
      total.imported += imported;
      total.unchanged += unchanged;
      lastLine = lines.at(-1) ?? lastLine;
      onProgress(lastLine);
      await delay(PAUSE_MS);
    }
  } catch (error) {
    const why =
      error instanceof BadLine
        ? `Line ${error.line} of ${source.name}: ${error.message} (${error.code}).`
        : `The import of ${source.name} broke off: ${reasonOf(error).replace(/\.$/, '')}.`;
    const came =
      lastLine === 0
        ? 'Nothing was imported; correct it and import again.'
        : `Lines 1 to ${lastLine} were imported and nothing after them; correct it and import the whole file again, which leaves those as they are.`;
    throw new ExpectedError(`${why} ${came}`, { cause: error });
  }
  return total;
}

export type ImportSource = {
  /** What messages call it. */
  readonly name: string;
  /** Whether `read` may be called again, for the same bytes from the start. */
  readonly rereadable: boolean;
  read(): AsyncIterable<Buffer>;
  close(): Promise<void>;
};

const CHUNK_BYTES = 256 * 1024;

/**
 * Opens a file for import, or standard input where `path` is `-`. Pipes and other special files can be read once only.
 *
 * @throws ExpectedError where the file cannot be read.
 */
export async function openImportSource(path: string): Promise<ImportSource> {
  if (path === '-') {
    return { name: 'standard input', rereadable: false, read: () => process.stdin, close: async () => {} };
  }
  const file = await openFile(path);
  const rereadable = (await file.stat()).isFile();
  const from = rereadable ? { start: 0 } : {};
  return {
    name: path,
    rereadable,
    read: () => file.createReadStream({ ...from, autoClose: false, highWaterMark: CHUNK_BYTES }),
    close: () => file.close(),
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    throw new ExpectedError(`The file ${path} cannot be read (${reasonOf(error)}).`, { cause: error });
  }
  throw new ExpectedError(`${path} is a directory, not a file.`);
}
