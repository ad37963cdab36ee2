import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ReceivedRecord } from '@ticket-check/check-records';
import {
  addSeconds,
  businessDate,
  type CheckRecord,
  type CinemaKey,
  encodeTicketCode,
  epochOf,
  type FilmCode,
  type FilmTicketCode,
  padCode,
  parseCinemaCode,
  parseFen,
  parsePublicKey,
  parseRecordId,
  parseScreenCode,
  parseWallClock,
  type RecordId,
  type SessionCode,
  type TicketClaim,
  type TicketIdentity,
  type TicketInfo,
  UNTOLD_ORIGIN,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { ClaimRequest } from '../claims/claim-store.ts';

export const CINEMA = parseCinemaCode('31012801');
export const OTHER_CINEMA = parseCinemaCode('31012802');

/**
 * What a clock is ahead of the machine's to show noon of its business day: what was a few minutes ago is of the same day then,
 * which at the beginning of a business day it is not.
 */
export const NOON_AHEAD_MS = epochOf(parseWallClock(`${businessDate(wallClockAt(Date.now()))}T12:00:00`)) - Date.now();

export type Ukey = { privateKey: KeyObject; key: CinemaKey };

/** A Ukey as in the field: RSA-1024. */
export function makeUkey(startTime = '2026-01-01T00:00:00'): Ukey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { privateKey, key: { ...parsePublicKey(spki), startTime: startTime as WallClock } };
}

let sold = 0;

/** What GetTicketInfo says of a ticket, and the code printed on it. */
export type SoldTicket = { code: string; info: TicketInfo };

/** A ticket of a session that began a minute ago. */
export function sellTicket({ privateKey }: Ukey, cinemaCode = CINEMA): SoldTicket {
  sold += 1;
  const startTime = addSeconds(wallClockAt(Date.now()), -60);
  const codes = {
    cinemaCode,
    filmTicketCode: padCode(`${4_000_000_000 + sold}`, 16) as FilmTicketCode,
    screenCode: parseScreenCode('0000000000000007'),
    filmCode: '001102582019' as FilmCode,
    sessionCode: padCode('39211912080', 16) as SessionCode,
    startTime,
  };
  const amounts = { price: parseFen(4500), service: parseFen(300) };
  return {
    code: encodeTicketCode({ ...codes, ...amounts, seatCode: '00000401_##8_##9' }, privateKey),
    info: {
      ...codes,
      ...amounts,
      cinemaName: '示例影城',
      screenName: '7号厅',
      filmName: '示例影片',
      ticketType: '网络售票',
      sellTime: addSeconds(startTime, -86_400),
      rowNum: 8,
      columnNum: 9,
      checkStatus: 'No',
      refundStatus: 'No',
      refundTime: null,
    },
  };
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
