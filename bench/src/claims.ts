import { setTimeout as delay } from 'node:timers/promises';
import { APIS, claimTicketQueryJson, parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { openConnection } from './load.ts';
import type { Platforms } from './platforms.ts';
import { codeOf } from './tickets.ts';

const CLAIM_EVERY_MS = 5;

/** A terminal that claims one ticket after the other from a number on, with a few milliseconds between. */
export async function openClaims<Name extends string>(
  { thirdParty, tickets, ukey, signed }: Platforms<Name>,
  account: NoInfer<Name>,
  first = 0,
) {
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  let next = first;

  return {
    /** Claims until something has ended, and answers how long each took, in milliseconds. */
    async during(work: Promise<unknown>): Promise<number[]> {
      let isOver = false;
      const ended = work.finally(() => {
        isOver = true;
      });
      const taken: number[] = [];
      while (!isOver) {
        const ticket = tickets[next++];
        if (ticket === undefined) throw new Error('every ticket is claimed: sell more of them');
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
        taken.push(ms);
        await delay(CLAIM_EVERY_MS);
      }
      await ended;
      return taken;
    },
    close: () => connection.close(),
  };
}
