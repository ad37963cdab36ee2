import { APIS, claimTicketQueryJson, parseRecordId, type TicketRow, wallClockAt } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { openConnection } from './load.ts';
import { type Platforms, signerOf } from './platforms.ts';
import { CINEMA, codeOf, extendedRecord } from './tickets.ts';
import { inTurnsDuring } from './turns.ts';

/** Somebody who sends one request after the other, with a few milliseconds between. */
export type Sender = {
  /** Sends until something has ended, and answers how long each took, in milliseconds. */
  during(work: Promise<unknown>): Promise<number[]>;
  close(): void;
};

/** A terminal that claims one ticket after the other from a number on. */
export async function openClaims<Name extends string>(
  { thirdParty, tickets, ukey, signed }: Platforms<Name>,
  account: NoInfer<Name>,
  first = 0,
): Promise<Sender> {
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  const nextTicket = takeTickets(tickets, first);
  return {
    during: (work) =>
      inTurnsDuring(work, async () => {
        const ticket = nextTicket();
        const { cinemaCode, filmTicketCode, startTime } = ticket;
        const claim = claimTicketQueryJson({
          cinemaCode,
          filmTicketCode,
          startTime,
          gate: 'gate-1',
          recordId: parseRecordId(uuidv7()),
          checkTime: wallClockAt(Date.now()),
          ticketInfoCode: codeOf(ticket, ukey.privateKey),
        });
        const { text, ms } = await connection.ask(signed(account, APIS.claimTicket, claim));
        if (!text.includes('"Claimed":true')) throw new Error(text.slice(-500));
        return ms;
      }),
    close: () => connection.close(),
  };
}

/** A platform of its own at the national one, that reports one entry after the other from a ticket on. */
export async function openReports<Name extends string>(
  { national, tickets, ukey }: Platforms<Name>,
  first: number,
): Promise<Sender> {
  const sign = signerOf(await national.addAccount('reporter', CINEMA));
  const connection = openConnection(national.target());
  await connection.opened;
  const nextTicket = takeTickets(tickets, first);
  return {
    during: (work) =>
      inTurnsDuring(work, async () => {
        const CheckTickets = [extendedRecord(nextTicket(), ukey.privateKey, parseRecordId(uuidv7()))];
        const { text, ms } = await connection.ask(
          sign(APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets }),
        );
        if (!text.includes('"ReportResult":true')) throw new Error(text.slice(-500));
        return ms;
      }),
    close: () => connection.close(),
  };
}

function takeTickets(tickets: readonly TicketRow[], first: number): () => TicketRow {
  let next = first;
  return () => {
    const ticket = tickets[next++];
    if (ticket === undefined) throw new Error('every ticket was used: sell more of them');
    return ticket;
  };
}
