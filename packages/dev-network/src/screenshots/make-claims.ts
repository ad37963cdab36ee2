import { addSession, connectByBundle, sell } from '@ticket-check/box-office';
import { parseBundle } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  claimTicketQueryJson,
  parseRecordId,
  readClaimTicketReply,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Demo } from '../demo.ts';

const TIMEOUT_MS = 30_000;

/** A terminal claims as many tickets, and breaks down before it says what became of them: a supervisor has to decide. */
export async function makeClaims(demo: Demo, count: number): Promise<void> {
  const { boxOffice } = demo;
  const now = wallClockAt(Date.now());
  const { sessionCode } = addSession(boxOffice, { startTime: addSeconds(now, 1800) });
  const tickets = Array.from({ length: count }, () => sell(boxOffice, { now, sessionCode, ticketType: '网络售票' }));
  await demo.tell();
  const platform = connectByBundle(parseBundle(await demo.addTerminal('door-4')), Date.now);
  try {
    for (const [index, ticket] of tickets.entries()) {
      const recordId = parseRecordId(`019a0000-0000-7000-9a00-${String(index).padStart(12, '0')}`);
      const claim = { ...ticket, recordId, checkTime: now, gate: 'gate-1' };
      const outcome = await platform.call(APIS.claimTicket, claimTicketQueryJson(claim), {
        read: (replyData) => readClaimTicketReply(replyData, claim),
        timeoutMs: TIMEOUT_MS,
        idempotent: true,
      });
      if (outcome.kind !== 'delivered') throw new Error(`ClaimTicket failed: ${outcome.code}: ${outcome.message}`);
    }
  } finally {
    await platform.close();
  }
}
