import { printBytes, printResult } from '@ticket-check/runtime';
import { fileOf } from './make-file.ts';
import type { Format, Language, Table } from './table.ts';

/** Writes a table to standard output while its rows are read, so that it may have any number of them: `json` as one object a line. */
export async function writeTable(table: Table, format: Format, language: Language): Promise<void> {
  if (format !== 'json') return printBytes(fileOf(table, format, language));
  for await (const row of table.rows) printResult(JSON.stringify(row));
}
