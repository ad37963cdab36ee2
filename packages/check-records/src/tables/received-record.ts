import {
  type CheckRecord,
  type ErrorCode,
  type RecordOrigin,
  UNTOLD_ORIGIN,
  type WallClock,
} from '@ticket-check/protocol';
import { identityOf } from './keys.ts';
import type { CheckRecordRow } from './tables.ts';

/** Why a well-formed record does not count as an entry. Readings R3, R6, R7. */
export type QuarantineCode = Extract<
  ErrorCode,
  'CHECK_TIME_IMPLAUSIBLE' | 'CODE_CONTRADICTS_RECORD' | 'CODE_NOT_GENUINE' | 'TOO_MANY_ENTRIES'
>;

/** What a sender probably gets wrong in records that count: CheckTime in UTC, Price in fen. Readings T1, R6. */
export type Suspicion = 'utc-check-time' | 'fen-price';

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

/**
 * Elements that may arrive after the record, with the value that means *not known*: what only GetTicketInfo knows (reading R5), and
 * what a sender left out towards a platform that seemed not to know it (readings R10, X1).
 */
export const BLANKS = {
  screenName: '',
  filmName: '',
  ticketType: null,
  rowNum: 0,
  columnNum: 0,
  price: 0,
  service: 0,
  overriddenVerdict: null,
  ...UNTOLD_ORIGIN,
} as const satisfies Partial<Record<keyof ReceivedRecord, unknown>>;

export type Fillable = keyof typeof BLANKS;

const FILLABLE = Object.keys(BLANKS) as Fillable[];

/** Fills a record's blanks from what else is known; null if that fills none. Nothing else ever changes. Reading R5. */
export function filledFrom<R extends Pick<ReceivedRecord, Fillable>>(
  record: R,
  known: Partial<Pick<ReceivedRecord, Fillable>>,
): R | null {
  const blank = FILLABLE.filter((name) => {
    const value = known[name];
    return record[name] === BLANKS[name] && value !== undefined && value !== BLANKS[name];
  });
  if (blank.length === 0) return null;
  return { ...record, ...Object.fromEntries(blank.map((name) => [name, known[name]])) };
}
