import { randomBytes, randomInt } from 'node:crypto';
import type { ReceivedRecord } from '@ticket-check/check-records';
import { parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { CINEMA, ticketOf } from './tickets.ts';

export const NOW = wallClockAt(Date.now());

/** A record of a ticket that was checked now. */
export function makeRecord(): ReceivedRecord {
  const { cinemaName: _, sellTime: __, ...ticket } = ticketOf(randomInt(2 ** 47), NOW);
  return {
    ...ticket,
    recordId: parseRecordId(uuidv7()),
    ticketInfoCode: CINEMA + randomBytes(86).toString('hex'),
    checkTime: NOW,
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
