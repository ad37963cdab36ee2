import { printBytes } from '@ticket-check/runtime';
import { escapeInText } from '@ticket-check/runtime/threads';

export type Language = 'zh' | 'en';

export type InBoth = { readonly [language in Language]: string };

/** A row of the JSON; a sheet takes the values it has columns for. JSON numbers with two decimals (`JSON.rawJSON`) are numbers there. */
export type Row = Readonly<Record<string, unknown>>;

export type Column = {
  readonly name: string;
  readonly head: InBoth;
  /** The words for our own values in a sheet; other values are unchanged. */
  readonly words?: Readonly<Record<string, InBoth>>;
  /** What stands in it, where that is not the value of its name. */
  readonly of?: (row: Row, language: Language) => unknown;
};

export const column = (name: string, zh: string, en: string): Column => ({ name, head: { zh, en } });

export type Table = {
  readonly title: InBoth;
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<Row>;
};

export const FORMATS = ['json', 'csv', 'xlsx'] as const;
export type Format = (typeof FORMATS)[number];
/** What is a file, for a spreadsheet. */
export type FileFormat = Exclude<Format, 'json'>;

type SheetValue = string | number | null;

const YES_AND_NO: { readonly [value in 'true' | 'false']: InBoth } = {
  true: { zh: '是', en: 'yes' },
  false: { zh: '否', en: 'no' },
};

function headsOf({ columns }: Pick<Table, 'columns'>, language: Language): string[] {
  return columns.map(({ head }) => head[language]);
}

function sheetValue(cell: unknown, words: Column['words'], language: Language): SheetValue {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return YES_AND_NO[`${cell}`][language];
  if (typeof cell === 'string') return words?.[cell]?.[language] ?? cell;
  if (Array.isArray(cell)) return cell.join(',');
  return Number(JSON.stringify(cell));
}

/**
 * A table as a file, made as it is read: a file of any length takes little memory, and ends when it is no longer read.
 *
 * `csv`: UTF-8 with BOM and CRLF, which Excel opens; a text that it would take for a formula (it begins with `=`, `+`, `-`, `@`, tab
 * or CR) gets an apostrophe before it, and so does a part of a text after `;`, which Excel may take for a separator. `xlsx`: texts
 * are texts, whatever they begin with; rows beyond a sheet's limit go into further sheets.
 */
export async function* fileOf(table: Table, format: FileFormat, language: Language): AsyncGenerator<Uint8Array, void> {
  yield* format === 'csv' ? csvOf(table, language) : await xlsxOf(table, language);
}

const BOM = '\uFEFF';

const CHARACTERS_A_PART = 32_768;

async function* csvOf(table: Table, language: Language): AsyncGenerator<Uint8Array> {
  let part = BOM + lineOf(headsOf(table, language));
  for await (const row of sheetRows(table, language)) {
    part += lineOf(row);
    if (part.length < CHARACTERS_A_PART) continue;
    yield Buffer.from(part);
    part = '';
  }
  yield Buffer.from(part);
}

const lineOf = (row: readonly SheetValue[]) => `${row.map(cellOf).join(',')}\r\n`;

/** What begins a formula, full-width signs included. */
const FORMULA = /^(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;
/** What begins a cell where the list separator is `;`: there, quotes within a line mean nothing. */
const FORMULA_INSIDE = /(?<=[;\t\n])(?=[\s"']*[=+\-@])/g;

function cellOf(value: SheetValue): string {
  if (typeof value !== 'string') return String(value ?? '');
  const text = value.replaceAll(FORMULA_INSIDE, "'").replace(FORMULA, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Excel refuses to open a sheet with more rows. */
const MAX_ROWS_PER_SHEET = 1_048_576;

async function xlsxOf(table: Table, language: Language): Promise<AsyncIterable<Uint8Array>> {
  // Loaded by those who want it.
  const { writeXlsxStream } = await import('hucre/xlsx');
  return writeXlsxStream(sheetRows(table, language), {
    name: table.title[language],
    columns: headsOf(table, language).map((header) => ({ header })),
    freezePane: { rows: 1 },
    maxRowsPerSheet: MAX_ROWS_PER_SHEET,
  });
}

async function* sheetRows({ rows, columns }: Table, language: Language): AsyncGenerator<SheetValue[]> {
  for await (const row of rows)
    yield columns.map(({ name, words, of }) =>
      readable(sheetValue(of === undefined ? row[name] : of(row, language), words, language)),
    );
}

/** Names come from others: no control and no mark that turns the direction of text goes into a sheet. */
function readable(value: SheetValue): SheetValue {
  return typeof value === 'string' ? escapeInText(value) : value;
}

/** Writes a file to standard output while its rows are read, so that it may have any number of them. */
export function writeFile(table: Table, format: FileFormat, language: Language): Promise<void> {
  return printBytes(fileOf(table, format, language));
}
