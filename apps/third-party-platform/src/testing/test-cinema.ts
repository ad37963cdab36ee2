import type { ReceivedRecord } from '@ticket-check/check-records';
import {
  addSeconds,
  businessDate,
  type CheckRecord,
  epochOf,
  parseCinemaCode,
  parseRecordId,
  parseWallClock,
  type RecordId,
  type TicketClaim,
  type TicketIdentity,
  UNTOLD_ORIGIN,
  wallClockAt,
} from '@ticket-check/protocol';
import {
  CINEMA,
  makeUkey,
  type SoldTicket,
  sellTicket as sellTicketAt,
  type Ukey,
} from '@ticket-check/protocol/testing';
import type { ClaimRequest } from '../claims/claim-store.ts';

export { CINEMA, makeUkey, type SoldTicket, type Ukey };
export const OTHER_CINEMA = parseCinemaCode('31012802');

/**
 * What a clock is ahead of the machine's to show noon of its business day: what was a few minutes ago is of the same day then,
 * which at the beginning of a business day it is not.
 */
export const NOON_AHEAD_MS = epochOf(parseWallClock(`${businessDate(wallClockAt(Date.now()))}T12:00:00`)) - Date.now();

/** A ticket of a session that began a minute ago. */
export function sellTicket(ukey: Ukey, cinemaCode = CINEMA): SoldTicket {
  return sellTicketAt(ukey, addSeconds(wallClockAt(Date.now()), -60), cinemaCode);
}

/** The record of a ticket's entry, some seconds after its session began. */
export function checkTicket({ code, info }: SoldTicket, secondsAfter = 1): CheckRecord {
  const { cinemaName: _, sellTime: __, checkStatus: ___, refundStatus: ____, refundTime: _____, ...ticket } = info;
  return {
    ...ticket,
    recordId: parseRecordId(`019a0000-0000-7000-8000-${ticket.filmTicketCode.slice(0, 10)}${padTwo(secondsAfter)}`),
    ticketInfoCode: code,
    checkTime: addSeconds(info.startTime, secondsAfter),
    overriddenVerdict: null,
  };
}

/** A record as a platform keeps it: of a new ticket, unless the changes say another. */
export function receivedRecord(ukey: Ukey, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  const record = { ...checkTicket(sellTicket(ukey, changes.cinemaCode)), ...changes };
  const kept = { account: 'terminal-1', ...UNTOLD_ORIGIN, quarantine: null, differences: [] };
  return { ...kept, receivedAt: record.checkTime, ...record };
}

let claimed = 0;

/** A terminal's claim on a ticket, of a new guest. */
export function claimOn({ code, info }: { code: string; info: TicketIdentity }, recordId?: RecordId): TicketClaim {
  claimed += 1;
  const { cinemaCode, filmTicketCode, startTime } = info;
  return {
    ...{ cinemaCode, filmTicketCode, startTime, ticketInfoCode: code, checkTime: startTime },
    recordId: recordId ?? parseRecordId(`019a0000-0000-7000-a000-${String(claimed).padStart(12, '0')}`),
    gate: `gate-${claimed}`,
  };
}

const ukeyOfNobody = makeUkey();

/** The claim of an account on a ticket that nobody knows, as the store of claims takes it. */
export function claimFor(account = 'terminal-1', cinema = CINEMA): ClaimRequest {
  const { ticketInfoCode: _, ...claim } = claimOn(sellTicket(ukeyOfNobody, cinema));
  return { ...claim, account, objection: null };
}

/** The same record as a terminal without a line makes it: with what the code holds and nothing else. */
export function incomplete(record: CheckRecord): CheckRecord {
  return { ...record, ticketType: null, screenName: '', filmName: '', rowNum: 0, columnNum: 0 };
}

function padTwo(number: number): string {
  return String(number % 100).padStart(2, '0');
}
