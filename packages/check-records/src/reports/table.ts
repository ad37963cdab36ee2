/** What a person reads: Chinese first. */
export type Language = 'zh' | 'en';

export type InBoth = { readonly [language in Language]: string };

/** The value of a cell. JSON numbers with two decimals (`JSON.rawJSON`) are numbers in a sheet. */
type Cell = string | number | boolean | null | undefined | object;

/** A row of the JSON; a sheet takes the values it has columns for. */
export type Row = Readonly<Record<string, Cell>>;

/** A column of a sheet. */
export type Column = {
  /** The name in JSON. */
  readonly name: string;
  readonly head: InBoth;
  /** The words for our own values in a sheet; other values are unchanged. */
  readonly words?: Readonly<Record<string, InBoth>>;
};

export type Table = {
  readonly title: InBoth;
  readonly columns: readonly Column[];
  readonly rows: AsyncIterable<Row>;
};

export const FORMATS = ['json', 'csv', 'xlsx'] as const;
export type Format = (typeof FORMATS)[number];
/** What is a file, for a spreadsheet. */
export type FileFormat = Exclude<Format, 'json'>;

/** A value of a sheet. */
export type SheetValue = string | number | null;

const YES_AND_NO: { readonly [value in 'true' | 'false']: InBoth } = {
  true: { zh: '是', en: 'yes' },
  false: { zh: '否', en: 'no' },
};

export function headsOf({ columns }: Pick<Table, 'columns'>, language: Language): string[] {
  return columns.map(({ head }) => head[language]);
}

export function valuesOf(row: Row, columns: readonly Column[], language: Language): SheetValue[] {
  return columns.map(({ name, words }) => sheetValue(row[name], words, language));
}

function sheetValue(cell: Cell, words: Column['words'], language: Language): SheetValue {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return YES_AND_NO[`${cell}`][language];
  if (typeof cell === 'string') return words?.[cell]?.[language] ?? cell;
  if (Array.isArray(cell)) return cell.join(',');
  return Number(JSON.stringify(cell));
}
