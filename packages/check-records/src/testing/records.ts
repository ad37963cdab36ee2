import {
  addSeconds,
  encodeTicketCode,
  padCode,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseRecordId,
  parseScreenCode,
  parseSessionCode,
  parseWallClock,
  UNTOLD_ORIGIN,
} from '@ticket-check/protocol';
import { makeUkey } from '@ticket-check/protocol/testing';
import { uuidv7 } from 'uuidv7';
import { listStopped } from '../store/record-states.ts';
import { type ReceivedRecord, recordOf } from '../tables/received-record.ts';
import type { ReceivedReversal } from '../tables/reversal-rows.ts';
import type { OwnStore } from '../tables/tables.ts';

const START_TIME = parseWallClock('2026-11-24T19:30:00');
export const CINEMA = parseCinemaCode('31012345');

const SCREEN_CODE = parseScreenCode(padCode('0003', 16));
const FILM_CODE = parseFilmCode('001102582026');
const SESSION_CODE = parseSessionCode(padCode('S17', 16));

export { makeUkey };
export const UKEY = makeUkey();

/** The nth ticket's check record, checked n seconds after the doors opened. */
export function makeRecord(
  n: number,
  changes: Partial<ReceivedRecord> & { ukey?: ReturnType<typeof makeUkey> } = {},
): ReceivedRecord {
  const { ukey = UKEY, ...rest } = changes;
  const ticket = {
    cinemaCode: rest.cinemaCode ?? CINEMA,
    filmTicketCode: rest.filmTicketCode ?? parseFilmTicketCode(String(n).padStart(16, '7')),
    screenCode: SCREEN_CODE,
    filmCode: FILM_CODE,
    sessionCode: SESSION_CODE,
    startTime: rest.startTime ?? START_TIME,
    price: parseFen(4500),
    service: parseFen(300),
  };
  const checkTime = rest.checkTime ?? addSeconds(parseWallClock('2026-11-24T19:00:00'), n);
  return {
    ...ticket,
    recordId: parseRecordId(uuidv7()),
    ticketInfoCode: rest.ticketInfoCode ?? encodeTicketCode({ ...ticket, seatCode: '0795_##8' }, ukey.privateKey),
    ...{ screenName: '3号厅', filmName: '流浪地球', ticketType: '网络售票', rowNum: 7, columnNum: 12 },
    ...{ account: 'terminal-1', ...UNTOLD_ORIGIN, checkTime, receivedAt: checkTime },
    ...{ quarantine: null, differences: [], overriddenVerdict: null },
    ...rest,
  };
}

type R = ReceivedRecord;
/** For tests that name the first of them. */
export type SomeRecords = [R, R, R, R, R, R, R, R, R, ...R[]];

export function makeRecords(count: number, changes: Parameters<typeof makeRecord>[1] = {}): SomeRecords {
  // One code is enough where nobody decrypts it.
  const { ticketInfoCode } = makeRecord(0);
  return Array.from({ length: count }, (_, n) => makeRecord(n, { ticketInfoCode, ...changes })) as SomeRecords;
}

/** The compensating record of a record, made when that was checked. */
export function undoing(record: ReceivedRecord, changes: Partial<ReceivedReversal> = {}): ReceivedReversal {
  const { cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime, account, recordId: reverses } = record;
  const named = { cinemaCode, filmTicketCode, startTime, ticketInfoCode, checkTime, account, reverses };
  return { ...named, recordId: parseRecordId(uuidv7()), reversedAt: checkTime, receivedAt: checkTime, ...changes };
}

/** What a record is before anybody was asked for more than its code holds. */
export const INCOMPLETE = {
  screenName: '',
  filmName: '',
  ticketType: null,
  rowNum: 0,
  columnNum: 0,
} as const satisfies Partial<ReceivedRecord>;

/** The record under a RecordId; undefined if there is none. */
export async function storedRecord(store: OwnStore, recordId: string) {
  const row = await store.db.selectFrom('checkRecord').selectAll().where('recordId', '=', recordId).executeTakeFirst();
  return row && recordOf(row);
}

/** The records that upstream refused, the longest parked first. */
export async function listParked(store: OwnStore) {
  const { records } = await listStopped(store, { kind: 'parked', cinemas: undefined, after: null, limit: 1000 });
  return records.map(({ record, refused }) => ({ record, ...refused }));
}

/** The quarantined records, the oldest RecordId first. */
export async function listQuarantined(store: OwnStore): Promise<ReceivedRecord[]> {
  const { records } = await listStopped(store, { kind: 'quarantined', cinemas: undefined, after: null, limit: 1000 });
  return records.map(({ record }) => record);
}

/** The same records as entries that count. */
export const counting = (records: readonly ReceivedRecord[]): ReceivedRecord[] =>
  records.map((record) => ({ ...record, quarantine: null }));
