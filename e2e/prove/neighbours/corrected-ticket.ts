import type { Ticket } from '@ticket-check/simulators/box-office';
import { ask, type Bundle, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { plainTicket, ticketQuery } from '../../testing/tickets.ts';
import { sellMany } from '../sell-many.ts';
import type { Scene } from './scene.ts';

const WRONG = '41.00';

/**
 * The honest box office hands a ticket in at a wrong price and then, later, at the right one; the first request was seen by
 * others, who may send it again. Answers a look at what is known of the ticket in the end.
 */
export async function correctTicket(scene: Scene, reader: Bundle): Promise<(failures: string[]) => Promise<void>> {
  const { honestSource, captured, place } = scene;
  const [ticket] = sellMany(place.demo.boxOffice, 1) as [Ticket];
  await place.demo.tell();
  const row = (changes: Record<string, string>) => {
    const { CheckStatus: _, RefundStatus: __, RefundTime: ___, ...sold } = plainTicket(ticket, changes);
    return sold;
  };
  const bundle = honestSource;
  const imported = async (Tickets: unknown, Datetime: string) => {
    const body = signedBody(bundle, 'ImportTickets', { Tickets: [Tickets] }, { Datetime });
    const data = replyData(await request(bundle, body));
    if (data.Imported === undefined) throw new Error(`ImportTickets was answered ${JSON.stringify(data)}`);
    return body;
  };
  // A few seconds apart, by the Datetime of the requests.
  const body = await imported(row({ Price: WRONG }), shanghaiTime(-4));
  captured.push({ bundle, api: 'ImportTickets', body, headers: {} });
  await imported(row({}), shanghaiTime());

  return async (failures) => {
    const { Price } = await ask(reader, 'GetTicketInfo', ticketQuery(ticket));
    if (Number(Price) !== ticket.price / 100)
      failures.push(
        `a ticket costs ${Price} again after an older import was sent once more, instead of ${ticket.price / 100}`,
      );
  };
}
