import type { CellValue, ColumnDef } from 'hucre/xlsx';

/** `time` and `date` are texts of the scheme (`2026-11-24T19:30:00`), `money` yuan, `share` a part of 1. */
export type CellKind = 'time' | 'date' | 'money' | 'share';

export type XlsxCell = string | number | null;

export type XlsxSheet = {
  /** At most 31 characters, none of `[]:*?/\`. */
  readonly name: string;
  readonly heads: readonly string[];
  readonly kinds: readonly (CellKind | undefined)[];
  readonly rows: AsyncIterable<readonly XlsxCell[]>;
};

/** A longer table is written as it is read, in little memory: without filters, and without the sheet that explains it. */
const MOST_IN_MEMORY = 20_000;
const WIDTH_OF_LONG = 18;
const FORMATS = { time: 'yyyy-mm-dd hh:mm:ss', date: 'yyyy-mm-dd', money: '#,##0.00', share: '0.00%' } as const;
const freezePane = { rows: 1 };

/**
 * A workbook: heads stay and have filters, columns are as wide as their content; a second sheet explains it. Rows beyond a sheet's limit go on.
 */
export async function* xlsxOf(sheet: XlsxSheet, explanation: XlsxSheet): AsyncGenerator<Uint8Array> {
  // Loaded by those who want it.
  const { rangeRef, writeXlsx, writeXlsxStream } = await import('hucre/xlsx');
  const whole = (of: XlsxSheet, rows: CellValue[][]) => ({
    name: of.name,
    columns: columnsOf(of, { autoWidth: true }),
    rows: [[...of.heads], ...rows],
    freezePane,
    autoFilter: { range: rangeRef(0, 0, rows.length, of.heads.length - 1) },
  });
  const cells = cellsOf(sheet);
  const first: CellValue[][] = [];
  for (let next = await cells.next(); !next.done; next = await cells.next()) {
    first.push(next.value);
    if (first.length < MOST_IN_MEMORY) continue;
    const columns = columnsOf(sheet, { width: WIDTH_OF_LONG });
    yield* writeXlsxStream(following(first, cells), { name: sheet.name, columns, freezePane });
    return;
  }
  const about: CellValue[][] = [];
  for await (const row of cellsOf(explanation)) about.push(row);
  yield await writeXlsx({ sheets: [whole(sheet, first), whole(explanation, about)] });
}

async function* following(first: readonly CellValue[][], rest: AsyncGenerator<CellValue[]>) {
  try {
    yield* first;
    yield* rest;
  } finally {
    // Also where it is no longer read before the rest begins.
    await rest.return(undefined);
  }
}

const columnsOf = ({ heads, kinds }: XlsxSheet, width: ColumnDef): ColumnDef[] =>
  heads.map((header, index) => {
    const kind = kinds[index];
    return { header, ...width, ...(kind !== undefined && { numFmt: FORMATS[kind] }) };
  });

async function* cellsOf({ rows, kinds }: XlsxSheet): AsyncGenerator<CellValue[]> {
  for await (const row of rows) yield row.map((value, index) => cellOf(value, kinds[index]));
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?$/;

/** A wall clock is the same in every time zone. */
function cellOf(value: XlsxCell, kind: CellKind | undefined): CellValue {
  const isTime = (kind === 'time' || kind === 'date') && typeof value === 'string' && TIME.test(value);
  if (!isTime) return value;
  const date = new Date(value.includes('T') ? `${value}Z` : value);
  return Number.isNaN(date.valueOf()) ? value : date;
}
