import { ELEMENT_NAMES } from '@ticket-check/protocol/element-names';
import { escapeInText } from '@ticket-check/runtime/threads';
import { type CellKind, type XlsxCell, xlsxOf } from './xlsx.ts';

export type Language = 'zh' | 'en';

export type InBoth = { readonly [language in Language]: string };

/** A row of the JSON; a sheet takes the values it has columns for. JSON numbers with two decimals (`JSON.rawJSON`) are numbers there. */
export type Row = Readonly<Record<string, unknown>>;

export type Column = {
  readonly name: string;
  readonly head: InBoth;
  readonly about?: InBoth;
  /** The words for our own values in a sheet; other values are unchanged. */
  readonly words?: Readonly<Record<string, InBoth>>;
  /** Its value, if that is not the property of its name. */
  readonly of?: (row: Row, language: Language) => unknown;
};

/** Words in both languages by our own values, from pairs. */
export const wordsOf = (pairs: Readonly<Record<string, readonly [zh: string, en: string]>>): Record<string, InBoth> =>
  Object.fromEntries(Object.entries(pairs).map(([value, [zh, en]]) => [value, { zh, en }]));

/** @param about what it means, in Chinese and English */
export const column = (name: string, zh: string, en: string, about?: readonly [zh: string, en: string]): Column => ({
  name,
  head: { zh, en },
  ...(about !== undefined && { about: { zh: about[0], en: about[1] } }),
});

export const columns = (...names: readonly (keyof typeof ELEMENT_NAMES)[]): Column[] =>
  names.map((name) => {
    const [zh, en] = ELEMENT_NAMES[name];
    return column(name, zh, en);
  });

export type Table = {
  readonly title: InBoth;
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<Row>;
  /** What was asked for, by the names of its filters. */
  readonly asked?: object;
};

export const FORMATS = ['json', 'csv', 'xlsx'] as const;
export type Format = (typeof FORMATS)[number];
export type FileFormat = Exclude<Format, 'json'>;

const [YES, NO]: readonly [InBoth, InBoth] = [
  { zh: '是', en: 'yes' },
  { zh: '否', en: 'no' },
];

const headsOf = ({ columns }: Table, language: Language): string[] => columns.map(({ head }) => head[language]);

function sheetValue(cell: unknown, words: Column['words'], language: Language): XlsxCell {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return (cell ? YES : NO)[language];
  if (typeof cell === 'string') return words?.[cell]?.[language] ?? cell;
  if (Array.isArray(cell)) return cell.join(',');
  return Number(JSON.stringify(cell));
}

/**
 * A table as a file, made as it is read. `csv`: UTF-8 with BOM and CRLF; a text that Excel would take for a formula gets an
 * apostrophe before it, and so does a part of a text after `;`, which Excel may take for a separator. `xlsx`: texts are texts.
 */
export async function* fileOf(table: Table, format: FileFormat, language: Language): AsyncGenerator<Uint8Array, void> {
  yield* format === 'csv' ? csvOf(table, language) : workbookOf(table, language);
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

const lineOf = (row: readonly XlsxCell[]) => `${row.map(cellOf).join(',')}\r\n`;

/** What begins a formula, full-width signs included. */
const FORMULA = /^(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;
/** What begins a cell where the list separator is `;`: there, quotes within a line mean nothing. */
const FORMULA_INSIDE = /(?<=[;\t\n])(?=[\s"']*[=+\-@])/g;

function cellOf(value: XlsxCell): string {
  if (typeof value !== 'string') return String(value ?? '');
  const text = value.replaceAll(FORMULA_INSIDE, "'").replace(FORMULA, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const EXPLANATION: InBoth = { zh: '说明', en: 'About this file' };
const EXPLAINED: readonly InBoth[] = [
  { zh: '列', en: 'Column' },
  { zh: '含义', en: 'What it means' },
  { zh: '接口中的名称', en: 'Its name in JSON' },
];

function workbookOf(table: Table, language: Language): AsyncGenerator<Uint8Array> {
  const { title, columns, asked = {} } = table;
  async function* explained() {
    const filters = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
    yield [title[language], readable(filters.map(([name, value]) => `${name}=${value}`).join(' ')), ''];
    for (const { name, head, about } of columns) yield [head[language], about?.[language] ?? '', name];
  }
  const sheet = {
    name: title[language],
    heads: headsOf(table, language),
    kinds: columns.map(({ name }) => kindOf(name)),
    rows: sheetRows(table, language),
  };
  const heads = EXPLAINED.map((head) => head[language]);
  return xlsxOf(sheet, { name: EXPLANATION[language], heads, kinds: [], rows: explained() });
}

function kindOf(name: string): CellKind | undefined {
  if (/(At|Time|Since|Attempt|From|Until)$/.test(name)) return 'time';
  if (/(Date|On)$/.test(name)) return 'date';
  if (/(Price|Service)$/.test(name)) return 'money';
  return /(Share|Completeness)$/.test(name) ? 'share' : undefined;
}

async function* sheetRows({ rows, columns }: Table, language: Language): AsyncGenerator<XlsxCell[]> {
  for await (const row of rows)
    yield columns.map(({ name, words, of }) =>
      readable(sheetValue(of === undefined ? row[name] : of(row, language), words, language)),
    );
}

/** Names come from others: no control and no mark that turns the direction of text goes into a sheet. */
const readable = (value: XlsxCell): XlsxCell => (typeof value === 'string' ? escapeInText(value) : value);
