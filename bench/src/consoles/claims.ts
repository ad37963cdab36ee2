import { setTimeout as delay } from 'node:timers/promises';
import { APIS, claimTicketQueryJson, parseRecordId, wallClockAt } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { openConnection } from '../load.ts';
import type { Platforms } from '../platforms.ts';
import { codeOf } from '../tickets.ts';

const PAUSE_MS = 5;

/** A terminal that claims one ticket after the other, with a few milliseconds between. */
export async function openClaims({ thirdParty, tickets, ukey, signed }: Platforms<'terminal'>) {
  const connection = openConnection(thirdParty.target());
  await connection.opened;
  let next = 0;

  async function claim(): Promise<number> {
    const ticket = tickets[next++];
    if (ticket === undefined) throw new Error('every ticket was used: sell more of them');
    const { cinemaCode, filmTicketCode, startTime } = ticket;
    const query = claimTicketQueryJson({
      cinemaCode,
      filmTicketCode,
      startTime,
      gate: 'gate-1',
      recordId: parseRecordId(uuidv7()),
      checkTime: wallClockAt(Date.now()),
      ticketInfoCode: codeOf(ticket, ukey.privateKey),
    });
    const { text, ms } = await connection.ask(signed('terminal', APIS.claimTicket, query));
    if (!text.includes('"Claimed":true')) throw new Error(text.slice(-500));
    return ms;
  }

  return {
    /** Claims until `work` has ended; returns how long each claim took, in milliseconds. */
    async during(work: Promise<unknown>): Promise<number[]> {
      let isOver = false;
      const ended = work.finally(() => {
        isOver = true;
      });
      const taken: number[] = [];
      while (!isOver) {
        taken.push(await claim());
        await delay(PAUSE_MS);
      }
      await ended;
      return taken;
    },
    close: () => connection.close(),
  };
}
