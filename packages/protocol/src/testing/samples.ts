import { parseCinemaCode, parseFilmCode, parseFilmTicketCode, parseScreenCode, parseSessionCode } from '../codes.ts';
import type { CheckRecord } from '../messages/check-record.ts';
import { parseRecordId } from '../messages/record-id.ts';
import type { TicketInfo } from '../messages/ticket-info.ts';
import { parsePrice } from '../money.ts';
import { parseWallClock } from '../time.ts';

const ticket = {
  cinemaCode: parseCinemaCode('31010001'),
  filmTicketCode: parseFilmTicketCode('3101000100000795'),
  startTime: parseWallClock('2026-11-24T19:30:00'),
  screenCode: parseScreenCode('0000000000000007'),
  screenName: '7 号厅',
  filmCode: parseFilmCode('001102582019'),
  filmName: '流浪地球',
  sessionCode: parseSessionCode('3101000120261124'),
  ticketType: '网络售票',
  rowNum: 7,
  columnNum: 12,
  price: parsePrice(45),
  service: parsePrice(2.5),
} as const;

export const ticketInfo: TicketInfo = {
  ...ticket,
  cinemaName: '测试影城',
  sellTime: parseWallClock('2026-11-23T10:00:00'),
  checkStatus: 'No',
  refundStatus: 'No',
  refundTime: null,
};

export const checkRecord: CheckRecord = {
  ...ticket,
  recordId: parseRecordId('019389f2-7c00-7abc-8def-0123456789ab'),
  // A well-formed code; its maker does not matter to the messages.
  ticketInfoCode: `31010001${Buffer.alloc(128, 0xa5).toString('base64')}`,
  checkTime: parseWallClock('2026-11-24T19:20:00'),
  overriddenVerdict: null,
};

/** A value as it arrives after printing and parsing. */
export const throughJson = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value));
