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

/** Takes the rows whose number and types of values are those of a table; one that its parser refuses is left out. */
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
      const found = parse(Object.fromEntries(names.map((name, index) => [name, row[index]])) as V);
      if (found !== null) yield found;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
}

/** @throws ProtocolError if a value is not what its column holds. */
function recordIn(values: CheckRecordRow): ReceivedRecord | null {
  const { ticketType, overriddenVerdict, offline, quarantine } = values;
  if (quarantine !== null && !QUARANTINE_CODES.some((code) => code === quarantine)) return null;
  if (offline !== null && offline !== 0 && offline !== 1) return null;
  return {
    ...recordOf(values),
    recordId: parseRecordId(values.recordId),
    cinemaCode: parseCinemaCode(values.cinemaCode),
    filmTicketCode: parseFilmTicketCode(values.filmTicketCode),
    startTime: parseWallClock(values.startTime),
    checkTime: parseWallClock(values.checkTime),
    screenCode: parseScreenCode(values.screenCode),
    filmCode: parseFilmCode(values.filmCode),
    sessionCode: parseSessionCode(values.sessionCode),
    ticketType: ticketType === null ? null : parseTicketType(ticketType),
    price: parseFen(values.price),
    service: parseFen(values.service),
    receivedAt: parseWallClock(values.receivedAt),
    overriddenVerdict: overriddenVerdict === null ? null : parseRefusalVerdict(overriddenVerdict),
  };
}

/** @throws ProtocolError if a value is not what its column holds. */
function reversalIn(values: ReversalRow): KeptReversal | null {
  const { identity, account, deliveredAt } = values;
  if (!isIdentity(identity)) return null;
  if (deliveredAt !== null) parseWallClock(deliveredAt);
  return {
    reverses: parseRecordId(values.reverses),
    identity,
    cinemaCode: parseCinemaCode(values.cinemaCode),
    account,
    recordId: parseRecordId(values.recordId),
    filmTicketCode: parseFilmTicketCode(values.filmTicketCode),
    startTime: parseWallClock(values.startTime),
    checkTime: parseWallClock(values.checkTime),
    reversedAt: parseWallClock(values.reversedAt),
    receivedAt: parseWallClock(values.receivedAt),
  };
}
