import { type FileHandle, open } from 'node:fs/promises';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';

/** Where an import comes from. */
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
