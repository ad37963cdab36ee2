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
import type { SalvagedRow } from '@ticket-check/storage';
import {
  CHECK_RECORD_COLUMNS,
  QUARANTINE_CODES,
  type QuarantineCode,
  type ReceivedRecord,
} from '../tables/received-record.ts';
import type { KeptReversal } from '../tables/reversal-rows.ts';
import type { CheckRecordRow } from '../tables/tables.ts';
import type { RecordStore } from './record-store.ts';
import { salvagedReversals } from './salvaged-reversals.ts';

/** How many were found in a damaged file, and of these are new here. */
type Salvaged = { readonly found: number; readonly kept: number };

/** What a damaged file still held: its check records, and separately its compensating records. */
export type SalvagedFile = Salvaged & { readonly reversals: Salvaged };

const COLUMNS = Object.keys(CHECK_RECORD_COLUMNS) as (keyof CheckRecordRow)[];
const BATCH = 500;

/** The check records among the rows of a damaged file, known by their form; each is whole or left out. */
export function* salvagedRecords(rows: Iterable<SalvagedRow>): Generator<ReceivedRecord> {
  for (const row of rows) {
    const record = recordIn(row);
    if (record !== null) yield record;
  }
}

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

function recordIn(row: SalvagedRow): ReceivedRecord | null {
  if (row.length !== COLUMNS.length) return null;
  const values: Record<string, unknown> = Object.fromEntries(COLUMNS.map((column, index) => [column, row[index]]));
  for (const column of COLUMNS) {
    const value = values[column];
    const fits = CHECK_RECORD_COLUMNS[column] === 'integer' ? Number.isSafeInteger(value) : typeof value === 'string';
    if (!fits && !(MAY_BE_NULL.has(column) && value === null)) return null;
  }
  const { offline } = values;
  if (offline !== null && offline !== 0 && offline !== 1) return null;
  try {
    return parseValues(values as CheckRecordRow);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

const MAY_BE_NULL: ReadonlySet<keyof CheckRecordRow> = new Set([
  'ticketType',
  'quarantine',
  'overriddenVerdict',
  'offline',
  'decidedMs',
  'forwarderSeconds',
]);

/** @throws ProtocolError if a value is not what its column holds. */
function parseValues(values: CheckRecordRow): ReceivedRecord | null {
  const { ticketInfoCode, screenName, filmName, rowNum, columnNum, ticketType, account, gate, differences } = values;
  const { overriddenVerdict, offline, decidedMs, forwarderSeconds } = values;
  if (!isQuarantine(values.quarantine)) return null;
  return {
    recordId: parseRecordId(values.recordId),
    cinemaCode: parseCinemaCode(values.cinemaCode),
    filmTicketCode: parseFilmTicketCode(values.filmTicketCode),
    startTime: parseWallClock(values.startTime),
    ticketInfoCode,
    checkTime: parseWallClock(values.checkTime),
    screenCode: parseScreenCode(values.screenCode),
    screenName,
    filmCode: parseFilmCode(values.filmCode),
    filmName,
    sessionCode: parseSessionCode(values.sessionCode),
    ticketType: ticketType === null ? null : parseTicketType(ticketType),
    rowNum,
    columnNum,
    price: parseFen(values.price),
    service: parseFen(values.service),
    account,
    gate,
    receivedAt: parseWallClock(values.receivedAt),
    quarantine: values.quarantine,
    differences: differences === '' ? [] : differences.split(','),
    overriddenVerdict: overriddenVerdict === null ? null : parseRefusalVerdict(overriddenVerdict),
    offline: offline === null ? null : offline === 1,
    decidedMs,
    forwarderSeconds,
  };
}

function isQuarantine(value: string | null): value is QuarantineCode | null {
  return value === null || QUARANTINE_CODES.some((code) => code === value);
}
