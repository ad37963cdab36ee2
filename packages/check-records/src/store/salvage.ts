import { type ColumnType, chunksOf, type SalvagedRow } from '@ticket-check/storage';
import { isIdentity } from '../tables/keys.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { KeptReversal } from '../tables/reversal-rows.ts';
import {
  CHECK_RECORD_COLUMNS,
  type CheckRecordRow,
  NULLABLE_COLUMNS,
  REVERSAL_COLUMNS,
  type ReversalRow,
} from '../tables/tables.ts';
import type { RecordStore } from './record-store.ts';

type Salvaged = { readonly found: number; readonly kept: number };

/** What a damaged file still held: its check records, and separately its compensating records. */
export type SalvagedFile = Salvaged & { readonly reversals: Salvaged };

const BATCH = 500;

export type KeepSalvaged = {
  records(records: readonly ReceivedRecord[]): ReturnType<RecordStore['keep']>;
  reversals(reversals: readonly KeptReversal[]): Promise<number>;
};

/** Keeps the check records and compensating records among the rows of a damaged file, to be sent again; a second time changes nothing. */
export async function salvageRecords(rows: Iterable<SalvagedRow>, keep: KeepSalvaged): Promise<SalvagedFile> {
  const records = { found: 0, kept: 0 };
  const reversals = { found: 0, kept: 0 };
  for (const batch of chunksOf(rows, BATCH)) {
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

export function* salvagedRecords(rows: Iterable<SalvagedRow>): Generator<ReceivedRecord> {
  for (const row of rowsOf<CheckRecordRow>(rows, CHECK_RECORD_COLUMNS, NULLABLE_COLUMNS)) yield recordOf(row);
}

export function* salvagedReversals(rows: Iterable<SalvagedRow>): Generator<KeptReversal> {
  const columns = { ...REVERSAL_COLUMNS, deliveredAt: 'text', errorCode: 'text', revision: 'integer' } as const;
  for (const row of rowsOf<ReversalRow>(rows, columns, ['deliveredAt', 'errorCode'])) {
    const { deliveredAt, errorCode, revision, ...kept } = row;
    yield kept as KeptReversal;
  }
}

const RECORD_ID = /^[0-9a-f-]{36}$/;

/** Takes the rows of a table, known by the number and types of their values and by their key: a page that can be read is as it was written. */
function* rowsOf<Row extends { recordId: string; identity: string }>(
  rows: Iterable<SalvagedRow>,
  columns: Readonly<Record<keyof Row & string, ColumnType>>,
  nulls: readonly string[],
): Generator<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  for (const row of rows) {
    const fits = names.every((name, index) => {
      const value = row[index];
      if (value === null) return nulls.includes(name);
      return columns[name] === 'integer' ? Number.isSafeInteger(value) : typeof value === 'string';
    });
    if (!fits || row.length !== names.length) continue;
    const found = Object.fromEntries(names.map((name, index) => [name, row[index]])) as Row;
    if (RECORD_ID.test(found.recordId) && isIdentity(found.identity)) yield found;
  }
}
