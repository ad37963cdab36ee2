import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

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

/** Excel refuses to open a sheet with more rows; the heads are one. */
const MAX_ROWS = 1_048_576;
/** How many rows the widths of columns are taken from. */
const ROWS_FOR_WIDTHS = 200;
const WIDTHS = { least: 8, most: 50 };

/** Formats of cells by the place of their style; 164 and above are our own (`STYLES`). */
const STYLE_OF = { time: 2, date: 3, money: 4, share: 5, number: 6 } as const;
const HEAD = 1;

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="7"><xf/><xf fontId="1" applyFont="1"/>${[164, 165, 4, 10, 3].map((id) => `<xf numFmtId="${id}" applyNumberFormat="1"/>`).join('')}</cellXfs></styleSheet>`;

/**
 * A workbook, made as its rows are read: it takes little memory, whatever its length. Heads are bold and stay, columns are as wide
 * as what is in them and have filters; texts are texts, whatever they begin with. Rows beyond a sheet's limit go into further sheets.
 */
export async function* xlsxOf(sheets: readonly XlsxSheet[]): AsyncGenerator<Uint8Array> {
  const zip = new ZipStream();
  const names: string[] = [];
  for (const sheet of sheets) {
    const rows = sheet.rows[Symbol.asyncIterator]();
    try {
      for (let part = 1, isOver = false; !isOver; part += 1) {
        names.push(part === 1 ? sheet.name : `${sheet.name.slice(0, 28)}_${part}`);
        const written = sheetXml(sheet, rows, () => {
          isOver = true;
        });
        yield* zip.add(`xl/worksheets/sheet${names.length}.xml`, written);
      }
    } finally {
      await rows.return?.();
    }
  }
  const each = (xml: (name: string, number: number) => string) =>
    names.map((name, index) => xml(escaped(name), index + 1)).join('');
  const parts = {
    'xl/styles.xml': STYLES,
    'xl/workbook.xml': `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${each((name, id) => `<sheet name="${name}" sheetId="${id}" r:id="rId${id}"/>`)}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships">${each((_, id) => `<Relationship Id="rId${id}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${id}.xml"/>`)}<Relationship Id="rId0" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    '_rels/.rels': `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    '[Content_Types].xml': `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${each((_, id) => `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="${TYPE}.worksheet+xml"/>`)}</Types>`,
  };
  for (const [path, xml] of Object.entries(parts)) yield* zip.add(path, [xml]);
  yield* zip.end();
}

async function* sheetXml(
  { heads, kinds }: XlsxSheet,
  rows: AsyncIterator<readonly XlsxCell[]>,
  over: () => void,
): AsyncGenerator<string> {
  const first: (readonly XlsxCell[])[] = [];
  let next = await rows.next();
  for (; !next.done && first.length < ROWS_FOR_WIDTHS; next = await rows.next()) first.push(next.value);
  const widths = heads.map((head, column) =>
    Math.max(widthOf(head) + 3, ...first.map((row) => widthOf(row[column] ?? null) + 1)),
  );
  const cols = widths
    .map((width, index) => {
      const bounded = Math.min(WIDTHS.most, Math.max(WIDTHS.least, width));
      return `<col min="${index + 1}" max="${index + 1}" width="${bounded}" customWidth="1"/>`;
    })
    .join('');
  yield `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${cols}</cols><sheetData>`;
  let count = 1;
  yield rowXml(heads, count, () => HEAD);
  const written = (row: readonly XlsxCell[]) => {
    count += 1;
    return rowXml(row, count, (value, column) => styleOf(value, kinds[column]));
  };
  for (const row of first) yield written(row);
  while (!next.done && count < MAX_ROWS) {
    yield written(next.value);
    // The row after a full sheet is the first of the next one.
    if (count === MAX_ROWS) break;
    next = await rows.next();
  }
  if (next.done) over();
  yield `</sheetData><autoFilter ref="A1:${columnName(heads.length - 1)}${count}"/></worksheet>`;
}

/** Chinese characters take the room of two. */
const widthOf = (value: XlsxCell) => [...String(value ?? '')].reduce((sum, char) => sum + (char > '\u2e7f' ? 2 : 1), 0);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

function styleOf(value: XlsxCell, kind: CellKind | undefined): number {
  if (kind === 'time' || kind === 'date') {
    if (typeof value !== 'string') return 0;
    return TIME.test(value) ? STYLE_OF.time : DATE.test(value) ? STYLE_OF.date : 0;
  }
  if (typeof value !== 'number') return 0;
  return kind === undefined ? (Number.isInteger(value) ? STYLE_OF.number : 0) : STYLE_OF[kind];
}

function rowXml(values: readonly XlsxCell[], row: number, style: (value: XlsxCell, column: number) => number): string {
  const cells = values.map((value, column) => {
    if (value === null || value === '') return '';
    const at = style(value, column);
    const head = `<c r="${columnName(column)}${row}"${at === 0 ? '' : ` s="${at}"`}`;
    if (typeof value === 'number') return `${head}><v>${value}</v></c>`;
    // A wall clock as days since 1900, as spreadsheets have it.
    if (at === STYLE_OF.time || at === STYLE_OF.date)
      return `${head}><v>${Date.parse(value.includes('T') ? `${value}Z` : value) / 86_400_000 + 25_569}</v></c>`;
    return `${head} t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
  });
  return `<row r="${row}">${cells.join('')}</row>`;
}

function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Sizes that come behind the data, and names in UTF-8. */
const FLAGS = 0x0808;
/** 1 January 1980: files of equal rows are equal. */
const NO_DATE = 0x21;
const CHARACTERS_A_CHUNK = 32_768;

/** A ZIP archive, made part by part. Neither a part nor the whole may exceed 4 GiB. */
class ZipStream {
  #offset = 0;
  readonly #entries: Buffer[] = [];

  async *add(path: string, parts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
    const name = Buffer.from(path);
    const at = this.#offset;
    let [crc, size, packed] = [0, 0, 0];
    async function* measured() {
      let text = '';
      const chunk = () => {
        const bytes = Buffer.from(text);
        crc = crc32(bytes, crc);
        size += bytes.length;
        text = '';
        return bytes;
      };
      for await (const part of parts) {
        text += part;
        if (text.length >= CHARACTERS_A_CHUNK) yield chunk();
      }
      if (text !== '') yield chunk();
    }
    yield this.#counted(record(0x04034b50, [20, FLAGS, 8, 0, NO_DATE], [0, 0, 0], [name.length, 0]), name);
    const deflate = createDeflateRaw();
    // Its failure is thrown by what is read of it.
    pipeline(Readable.from(measured()), deflate).catch(() => {});
    for await (const chunk of deflate) {
      packed += chunk.length;
      yield this.#counted(chunk);
    }
    yield this.#counted(words(0x08074b50, crc, packed, size));
    const shorts = [name.length, 0, 0, 0, 0];
    this.#entries.push(
      Buffer.concat([
        record(0x02014b50, [20, 20, FLAGS, 8, 0, NO_DATE], [crc, packed, size], shorts),
        words(0, at),
        name,
      ]),
    );
  }

  *end(): Generator<Uint8Array> {
    const directory = Buffer.concat(this.#entries);
    const count = this.#entries.length;
    yield directory;
    yield record(0x06054b50, [0, 0, count, count], [directory.length, this.#offset], [0]);
  }

  #counted(...parts: Uint8Array[]): Uint8Array {
    const bytes = Buffer.concat(parts);
    this.#offset += bytes.length;
    return bytes;
  }
}

const words = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
};

const halves = (values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
};

/** A record of the format: its signature, numbers of two bytes, of four, and of two again. */
const record = (signature: number, first: readonly number[], sizes: readonly number[], last: readonly number[]) =>
  Buffer.concat([words(signature), halves(first), words(...sizes), halves(last)]);
