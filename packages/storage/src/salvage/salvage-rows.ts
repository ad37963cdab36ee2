import { verifyKeyForm } from '../database-key.ts';
import { errorText, StoreError } from '../store-error.ts';
import { type EncryptedPages, openEncryptedPages, USABLE_BYTES } from './encrypted-pages.ts';

/**
 * Reads what is readable in a damaged encrypted SQLite file and its write-ahead log: the rows of all tables, without
 * their tables' names. The file is not changed, and must not be open in this process.
 * @throws StoreError CANNOT_OPEN when there is no such file, WRONG_KEY when nothing in it was written with this key.
 */
export function* salvageRows(path: string, key: string): Generator<SalvagedRow> {
  const pages = openPages(path, key);
  try {
    if (!pages.keyFits) {
      throw new StoreError('WRONG_KEY', `Nothing in the file ${path} can be read with this database key.`);
    }
    for (let number = 1; number <= pages.count; number += 1) yield* rowsOfPage(number, (other) => pages.page(other));
  } finally {
    pages.close();
  }
}

/** Whether anything in a file was written with this key, so that it is damaged rather than another's. */
export function keyFits(path: string, key: string): boolean {
  const pages = openPages(path, key);
  try {
    return pages.keyFits;
  } finally {
    pages.close();
  }
}

function openPages(path: string, key: string): EncryptedPages {
  verifyKeyForm(key);
  try {
    return openEncryptedPages(path, key);
  } catch (error) {
    throw new StoreError('CANNOT_OPEN', `The file ${path} cannot be read: ${errorText(error)}.`, { cause: error });
  }
}

/** One row as it lies in a table: its values in the order of the table's columns. */
export type SalvagedRow = readonly (string | number | null | Buffer)[];

const TABLE_LEAF = 13;
const LARGEST_LOCAL = USABLE_BYTES - 35;
const LEAST_LOCAL = Math.floor(((USABLE_BYTES - 12) * 32) / 255) - 23;
const MAX_PAYLOAD = 16 * 1024 * 1024;

type PageAt = (number: number) => Buffer | null;

/** The rows of a page where that is a leaf of a table, as far as they can be read; a long row continues on other pages. */
function* rowsOfPage(number: number, pageAt: PageAt): Generator<SalvagedRow> {
  const [page, header] = [pageAt(number), number === 1 ? 100 : 0];
  if (page?.readUInt8(header) !== TABLE_LEAF) return;
  const cells = page.readUInt16BE(header + 3);
  for (let cell = 0; cell < cells; cell += 1) {
    const row = rowAt(page, header + 8 + 2 * cell, pageAt);
    if (row !== null) yield row;
  }
}

function rowAt(page: Buffer, pointerAt: number, pageAt: PageAt): SalvagedRow | null {
  try {
    const size = readVarint(page, page.readUInt16BE(pointerAt));
    const rowId = readVarint(page, size.next);
    const payload = payloadOf(page, rowId.next, size.value, pageAt);
    return payload === null ? null : valuesOf(payload);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function payloadOf(page: Buffer, at: number, size: number, pageAt: PageAt): Buffer | null {
  if (size > MAX_PAYLOAD) return null;
  const fits = LEAST_LOCAL + ((size - LEAST_LOCAL) % (USABLE_BYTES - 4));
  const local = size <= LARGEST_LOCAL ? size : fits <= LARGEST_LOCAL ? fits : LEAST_LOCAL;
  if (at + local > USABLE_BYTES) return null;
  const parts = [page.subarray(at, at + local)];
  let left = size - local;
  let next = left > 0 ? page.readUInt32BE(at + local) : 0;
  while (left > 0) {
    const overflow = pageAt(next);
    if (overflow === null) return null;
    const part = overflow.subarray(4, Math.min(4 + left, USABLE_BYTES));
    parts.push(part);
    left -= part.length;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function valuesOf(payload: Buffer): SalvagedRow {
  const headerSize = readVarint(payload, 0);
  const values: Value[] = [];
  let typeAt = headerSize.next;
  let at = headerSize.value;
  while (typeAt < headerSize.value) {
    const type = readVarint(payload, typeAt);
    const { value, length } = readValue(payload, at, type.value);
    values.push(value);
    typeAt = type.next;
    at += length;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

type Value = SalvagedRow[number];

function readValue(payload: Buffer, at: number, type: number): { value: Value; length: number } {
  if (type === 0) return { value: null, length: 0 };
  if (type === 8 || type === 9) return { value: type - 8, length: 0 };
  if (type === 7) return { value: payload.readDoubleBE(at), length: 8 };
  if (type === 6) return { value: Number(payload.readBigInt64BE(at)), length: 8 };
  if (type < 6) return { value: payload.readIntBE(at, INTEGER_BYTES[type] ?? 0), length: INTEGER_BYTES[type] ?? 0 };
  if (type < 12) throw new RangeError('no value has this type');
  const length = Math.floor((type - 12) / 2);
  if (at + length > payload.length) throw new RangeError('a value is longer than its row');
  const bytes = payload.subarray(at, at + length);
  return { value: type % 2 === 1 ? bytes.toString('utf8') : bytes, length };
}

/** A number of 1 to 9 bytes, seven bits in each. @throws RangeError beyond the end. */
function readVarint(from: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let read = 0; read < 8; read += 1) {
    const byte = from.readUInt8(at + read);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + read + 1 };
  }
  return { value: value * 256 + from.readUInt8(at + 8), next: at + 9 };
}
