import { randomBytes, randomInt } from 'node:crypto';
import type { ReceivedRecord } from '@ticket-check/check-records';
import {
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseRecordId,
  parseScreenCode,
  parseSessionCode,
  wallClockAt,
} from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { CINEMA } from './tickets.ts';

export const NOW = wallClockAt(Date.now());

/** A record of a ticket that was checked now. */
export function makeRecord(): ReceivedRecord {
  return {
    recordId: parseRecordId(uuidv7()),
    cinemaCode: CINEMA,
    filmTicketCode: parseFilmTicketCode(String(randomInt(1e14)).padStart(16, '7')),
    startTime: NOW,
    ticketInfoCode: CINEMA + randomBytes(86).toString('hex'),
    checkTime: NOW,
    screenCode: parseScreenCode('0003000000000000'),
    screenName: '3号厅',
    filmCode: parseFilmCode('001102582026'),
    filmName: '流浪地球',
    sessionCode: parseSessionCode('S170000000000000'),
    ticketType: '网络售票',
    rowNum: 7,
    columnNum: 12,
    price: parseFen(4500),
    service: parseFen(300),
    account: 'terminal-1',
    gate: '',
    receivedAt: NOW,
    quarantine: null,
    offline: null,
    decidedMs: 431,
    forwarderSeconds: null,
    differences: [],
    overriddenVerdict: null,
  };
}
