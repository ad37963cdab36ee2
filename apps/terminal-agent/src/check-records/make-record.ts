import {
  type CheckRecord,
  parseFen,
  type RecordId,
  type TicketCodeFields,
  type TicketInfo,
  type WallClock,
} from '@ticket-check/protocol';

/** Ticket data from GetTicketInfo that the code may lack. Reading R5. */
export type Completion = Pick<
  CheckRecord,
  'screenName' | 'filmName' | 'ticketType' | 'rowNum' | 'columnNum' | 'price' | 'service'
>;

export function completionOf(info: TicketInfo): Completion {
  const { screenName, filmName, ticketType, rowNum, columnNum, price, service } = info;
  return { screenName, filmName, ticketType, rowNum, columnNum, price, service };
}

const NOT_KNOWN: Completion = {
  screenName: '',
  filmName: '',
  ticketType: null,
  rowNum: 0,
  columnNum: 0,
  price: parseFen(0),
  service: parseFen(0),
};

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
  const known = info === null ? NOT_KNOWN : completionOf(info);
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
