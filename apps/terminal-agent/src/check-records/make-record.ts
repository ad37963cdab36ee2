import type { RecordStore } from '@ticket-check/check-records';
import {
  type CheckRecord,
  epochOf,
  parseFen,
  parseRecordId,
  type RecordId,
  type RecordOrigin,
  type TicketCodeFields,
  type TicketInfo,
  UNTOLD_ORIGIN,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { CompiledQuery } from 'kysely';
import { V7Generator } from 'uuidv7';

/** A clock set back by less keeps ids growing. */
const MAX_ROLLBACK_MS = 10_000;

/** Makes RecordIds: UUIDs of version 7, which grow in the order of scans. Reading X3. */
export function recordIds(now: Clock): () => RecordId {
  const generator = new V7Generator();
  return () => parseRecordId(generator.generateOrResetCore(now(), MAX_ROLLBACK_MS).toString());
}

/** Ticket data from GetTicketInfo that the code may lack, as far as it is known. Reading R5. */
export const completionOf = (info: TicketInfo | null) => ({
  screenName: info?.screenName ?? '',
  filmName: info?.filmName ?? '',
  ticketType: info?.ticketType ?? null,
  rowNum: info?.rowNum ?? 0,
  columnNum: info?.columnNum ?? 0,
  price: info?.price ?? parseFen(0),
  service: info?.service ?? parseFen(0),
});

/**
 * Makes the check record of an admitted scan from the code, completed from the upstream's answer if there was one.
 * Scheme 7.6.2; readings X3, R5.
 */
export function makeCheckRecord(
  scan: { recordId: RecordId; scannedAt: WallClock },
  ticket: { code: string; fields: TicketCodeFields },
  info: TicketInfo | null,
): CheckRecord {
  const { cinemaCode, filmTicketCode, screenCode, filmCode, sessionCode, startTime, price, service } = ticket.fields;
  const known = completionOf(info);
  return {
    recordId: scan.recordId,
    cinemaCode,
    filmTicketCode,
    startTime,
    ticketInfoCode: ticket.code,
    checkTime: scan.scannedAt,
    screenCode,
    filmCode,
    sessionCode,
    ...known,
    // T4: a genuine code may hold an amount that cannot be read.
    price: price ?? known.price,
    service: service ?? known.service,
    overriddenVerdict: null,
  };
}

/** How a record was made: gate, whether it was offline, and when it was decided, in epoch milliseconds. */
type Making = Pick<RecordOrigin, 'gate' | 'offline'> & { readonly decidedAtMs: number };

/**
 * Inserts an admitted scan's check record and its outbox row, as part of the batch that admits it. The batch fails if the
 * record exists already.
 */
export function insertingRecord(
  records: RecordStore,
  record: CheckRecord,
  { gate, offline, decidedAtMs }: Making,
): CompiledQuery[] {
  const decidedMs = Math.round(decidedAtMs - epochOf(record.checkTime));
  const received = {
    ...record,
    ...UNTOLD_ORIGIN,
    gate,
    offline,
    // The clock may have been set back in between.
    decidedMs: decidedMs < 0 ? null : decidedMs,
    account: '',
    receivedAt: wallClockAt(decidedAtMs),
    quarantine: null,
    differences: [],
  };
  return records.insertingNew([received], { forward: true });
}
