import type { CheckRecord, ErrorCode, RecordOrigin, WallClock } from '@ticket-check/protocol';
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
export type ReceivedRecord = CheckRecord &
  RecordOrigin & {
    /** The account that reported it; empty for a record of this terminal's own. */
    readonly account: string;
    readonly receivedAt: WallClock;
    /** null, or why the record is quarantined: neither counted nor forwarded. */
    readonly quarantine: QuarantineCode | null;
    /** Wire names of elements that differ from the record's own code, such as `ScreenCode` (reading R6). */
    readonly differences: readonly string[];
  };

/** In the order of the table, by which salvage reads them. */
export const CHECK_RECORD_COLUMNS = {
  recordId: 'text',
  identity: 'text',
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
  gate: 'text',
  receivedAt: 'text',
  quarantine: 'text',
  differences: 'text',
  overriddenVerdict: 'text',
  offline: 'integer',
  decidedMs: 'integer',
  forwarderSeconds: 'integer',
} as const satisfies Record<keyof CheckRecordRow, ColumnType>;

export function rowOf(record: ReceivedRecord): CheckRecordRow {
  const { differences, offline } = record;
  return {
    ...record,
    differences: differences.join(','),
    identity: identityOf(record),
    offline: offline === null ? null : Number(offline),
  };
}

export function recordOf({ identity: _, ...row }: CheckRecordRow): ReceivedRecord {
  // Rows are written from records only, so their texts are known to be in form.
  const { differences, offline } = row;
  return {
    ...row,
    differences: differences === '' ? [] : differences.split(','),
    offline: offline === null ? null : offline === 1,
  } as unknown as ReceivedRecord;
}
