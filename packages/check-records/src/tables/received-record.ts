import type { CheckRecord, ErrorCode, WallClock } from '@ticket-check/protocol';
import type { ColumnType } from '@ticket-check/storage';
import { identityOf } from './record-key.ts';
import type { CheckRecordRow } from './tables.ts';

/** Why a well-formed record does not count as an entry. Readings R3, R6, R7. */
export const QUARANTINE_CODES = [
  'CHECK_TIME_IMPLAUSIBLE',
  'CODE_CONTRADICTS_RECORD',
  'CODE_NOT_GENUINE',
  'TOO_MANY_ENTRIES',
] as const satisfies readonly ErrorCode[];

export type QuarantineCode = (typeof QUARANTINE_CODES)[number];

/** A check record as it comes into a store. */
export type ReceivedRecord = CheckRecord & {
  /** The account that reported it; empty for a record of this terminal's own. */
  readonly account: string;
  /** The gate of this terminal where it was made; empty for a record that was reported. */
  readonly gate: string;
  readonly receivedAt: WallClock;
  /** null, or why the record is kept aside and neither counted nor forwarded. */
  readonly quarantine: QuarantineCode | null;
  /** Wire names of elements that differ from the record's own code, such as `ScreenCode` (reading R6). */
  readonly differences: readonly string[];
};

export const CHECK_RECORD_COLUMNS = {
  recordId: 'text',
  cinemaCode: 'text',
  filmTicketCode: 'text',
  startTime: 'text',
  ticketInfoCode: 'text',
  checkTime: 'text',
  screenCode: 'text',
  screenName: 'text',
  filmCode: 'text',
  filmName: 'text',
  sessionCode: 'text',
  ticketType: 'text',
  rowNum: 'integer',
  columnNum: 'integer',
  price: 'integer',
  service: 'integer',
  account: 'text',
  receivedAt: 'text',
  quarantine: 'text',
  differences: 'text',
  identity: 'text',
  gate: 'text',
  overriddenVerdict: 'text',
} as const satisfies Record<keyof CheckRecordRow, ColumnType>;

export function rowOf(record: ReceivedRecord): CheckRecordRow {
  return { ...record, differences: record.differences.join(','), identity: identityOf(record) };
}

export function recordOf({ identity: _, ...row }: CheckRecordRow): ReceivedRecord {
  // Rows are written from records only, so their texts are known to be in form.
  return { ...row, differences: row.differences === '' ? [] : row.differences.split(',') } as unknown as ReceivedRecord;
}
