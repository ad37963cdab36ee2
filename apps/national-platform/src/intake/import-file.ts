import { setTimeout as delay } from 'node:timers/promises';
import type { IntakeReply } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type Intake, importRows } from './import-rows.ts';
import type { ImportSource } from './import-source.ts';
import { BadLine, overChunk, rowChunks } from './row-chunks.ts';
import type { RowKind } from './row-kind.ts';

/** Long enough for another process to get the write lock of SQLite, which it asks for every millisecond or so. */
const PAUSE_MS = 5;

/**
 * Imports NDJSON, at most 1000 rows per transaction, so that a running service on the same database keeps answering. A source
 * that can be read twice is checked first, and a bad line means that nothing is imported; otherwise the chunks before the bad
 * line are imported. Importing again is safe.
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
    if (source.rereadable) await lookOver(kind, intake, source);
    for await (const chunk of rowChunks(kind, source.read())) {
      const { imported, unchanged } = await overChunk(chunk, (rows) => importRows(kind, intake, rows));
      total.imported += imported;
      total.unchanged += unchanged;
      lastLine = chunk.lines.at(-1) ?? lastLine;
      onProgress(lastLine);
      await delay(PAUSE_MS);
    }
  } catch (error) {
    throw new ExpectedError(`${reasonOf(error, source)} ${stateOf(lastLine)}`, { cause: error });
  }
  return total;
}

async function lookOver<Row, Unread>(kind: RowKind<Row, Unread>, intake: Intake, source: ImportSource): Promise<void> {
  const check = kind.check(intake.store);
  for await (const chunk of rowChunks(kind, source.read())) await overChunk(chunk, check);
}

function reasonOf(error: unknown, { name }: ImportSource): string {
  if (error instanceof BadLine) return `Line ${error.line} of ${name}: ${error.message} (${error.code}).`;
  const message = error instanceof Error ? error.message : String(error);
  return `The import of ${name} broke off: ${message.replace(/\.$/, '')}.`;
}

function stateOf(lastLine: number): string {
  if (lastLine === 0) return 'Nothing was imported; correct it and import again.';
  return `Lines 1 to ${lastLine} were imported and nothing after them; correct it and import the whole file again, which leaves those as they are.`;
}
