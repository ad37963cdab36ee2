import {
  ProtocolError,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseRecordId,
  parseRefusalVerdict,
  parseScreenCode,
  parseSessionCode,
  parseTicketType,
  parseWallClock,
} from '@ticket-check/protocol';
import type { ColumnType, SalvagedRow } from '@ticket-check/storage';
import { isIdentity } from '../tables/keys.ts';
import { QUARANTINE_CODES, type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { KeptReversal } from '../tables/reversal-rows.ts';
import {
  CHECK_RECORD_COLUMNS,
  type CheckRecordRow,
  NULLABLE_COLUMNS,
  REVERSAL_COLUMNS,
  type ReversalRow,
} from '../tables/tables.ts';
import type { RecordStore } from './record-store.ts';

/** How many were found in a damaged file, and of these are new here. */
type Salvaged = { readonly found: number; readonly kept: number };

/** What a damaged file still held: its check records, and separately its compensating records. */
export type SalvagedFile = Salvaged & { readonly reversals: Salvaged };

const BATCH = 500;

/** What keeps a batch of what was found, to be sent as if it had just been made. */
export type KeepSalvaged = {
  records(records: readonly ReceivedRecord[]): ReturnType<RecordStore['keep']>;
  /** Answers how many are new here. */
  reversals(reversals: readonly KeptReversal[]): Promise<number>;
};

/**
 * Keeps the check records and compensating records among the rows of a damaged file; a second time changes nothing. All of them are sent
 * again: a page that was given up may say of one that it was delivered, and the same again changes nothing upstream.
 */
export async function salvageRecords(rows: Iterable<SalvagedRow>, keep: KeepSalvaged): Promise<SalvagedFile> {
  const records = { found: 0, kept: 0 };
  const reversals = { found: 0, kept: 0 };
  for (const batch of batchesOf(rows)) {
    const undone = [...salvagedReversals(batch)];
    reversals.found += undone.length;
    if (undone.length > 0) reversals.kept += await keep.reversals(undone);
    const found = [...salvagedRecords(batch)];
    records.found += found.length;
    if (found.length === 0) continue;
    records.kept += (await keep.records(found)).filter((result) => result === 'kept').length;
  }
  return { ...records, reversals };
}

function* batchesOf<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The check records among the rows of a damaged file; each is whole or left out. */
export function salvagedRecords(rows: Iterable<SalvagedRow>): Generator<ReceivedRecord> {
  return parsedRows(rows, CHECK_RECORD_COLUMNS, NULLABLE_COLUMNS, recordIn);
}

/** The compensating records among them. Reading R9. */
export function salvagedReversals(rows: Iterable<SalvagedRow>): Generator<KeptReversal> {
  const columns = { ...REVERSAL_COLUMNS, deliveredAt: 'text', errorCode: 'text', revision: 'integer' } as const;
  return parsedRows(rows, columns, ['deliveredAt', 'errorCode'], reversalIn);
}

/** Takes the rows whose number and types of values are those of a table; one with a value that its column does not hold is left out. */
function* parsedRows<V, T>(
  rows: Iterable<SalvagedRow>,
  columns: Readonly<Record<keyof V & string, ColumnType>>,
  nulls: readonly string[],
  parse: (values: V) => T | null,
): Generator<T> {
  const names = Object.keys(columns) as (keyof V & string)[];
  for (const row of rows) {
    const fits = names.every((name, index) => {
      const value = row[index];
      if (value === null) return nulls.includes(name);
      return columns[name] === 'integer' ? Number.isSafeInteger(value) : typeof value === 'string';
    });
    if (!fits || row.length !== names.length) continue;
    try {
      for (const [index, name] of names.entries()) if (row[index] !== null) PARSERS[name]?.(row[index] as never);
      const found = parse(Object.fromEntries(names.map((name, index) => [name, row[index]])) as V);
      if (found !== null) yield found;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
}

/** What a column holds, where that is more than any text or number. */
const PARSERS: Readonly<Record<string, (value: never) => unknown>> = {
  recordId: parseRecordId,
  reverses: parseRecordId,
  cinemaCode: parseCinemaCode,
  filmTicketCode: parseFilmTicketCode,
  screenCode: parseScreenCode,
  filmCode: parseFilmCode,
  sessionCode: parseSessionCode,
  ticketType: parseTicketType,
  price: parseFen,
  service: parseFen,
  overriddenVerdict: parseRefusalVerdict,
  ...Object.fromEntries(
    ['startTime', 'checkTime', 'receivedAt', 'reversedAt', 'deliveredAt'].map((name) => [name, parseWallClock]),
  ),
};

function recordIn(values: CheckRecordRow): ReceivedRecord | null {
  const { offline, quarantine } = values;
  if (quarantine !== null && !QUARANTINE_CODES.some((code) => code === quarantine)) return null;
  return offline === null || offline === 0 || offline === 1 ? recordOf(values) : null;
}

function reversalIn({ deliveredAt, errorCode, revision, ...kept }: ReversalRow): KeptReversal | null {
  return isIdentity(kept.identity) ? (kept as KeptReversal) : null;
}
