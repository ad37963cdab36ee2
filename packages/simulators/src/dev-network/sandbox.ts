import type { Bundle } from '@ticket-check/exchange';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { addSession, refund, sell } from '../box-office/index.ts';
import { type Demo, reportEntries } from './demo.ts';

export type SandboxTicket = { readonly what: string; readonly verdict: string; readonly code: string };

const HOUR = 3600;

/** Sells a ticket of every kind; one has entered by a report of `door`. Throws Error if the platform refuses something. */
export async function sellEveryKind(demo: Demo, door: Bundle): Promise<SandboxTicket[]> {
  const { boxOffice } = demo;
  const now = wallClockAt(Date.now());
  const session = (seconds: number) => addSession(boxOffice, { startTime: addSeconds(now, seconds) }).sessionCode;
  const ticketFor = (sessionCode: string) => sell(boxOffice, { now, sessionCode, ticketType: '网络售票' });
  const soon = session(HOUR / 2);
  const [sold, refunded, entered, onAPhone] = [ticketFor(soon), ticketFor(soon), ticketFor(soon), ticketFor(soon)];
  refund(boxOffice, refunded.filmTicketCode, now);
  const [expired, early] = [ticketFor(session(-3 * HOUR)), ticketFor(session(5 * HOUR))];
  await demo.tell();
  await reportEntries(door, entered.cinemaCode, [{ ...entered, checkTime: now }]);
  const { url } = await demo.makeETicket(onAPhone);
  return [
    { what: 'sold 已售', verdict: 'ADMIT', code: sold.ticketInfoCode },
    { what: 'refunded 已退票', verdict: 'REFUNDED', code: refunded.ticketInfoCode },
    { what: 'entered 已入场', verdict: 'ALREADY_ENTERED', code: entered.ticketInfoCode },
    { what: 'expired 已过期', verdict: 'EXPIRED', code: expired.ticketInfoCode },
    { what: 'early 未到时间', verdict: 'TOO_EARLY', code: early.ticketInfoCode },
    { what: 'e-ticket 电子影票', verdict: 'ADMIT, by the code on its page', code: url },
  ];
}
