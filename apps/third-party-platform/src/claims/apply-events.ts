import { ticketText } from '@ticket-check/check-records';
import { lockTickets, type OnTicket, writeTickets } from './claim-rows.ts';
import type { Database } from './known-entries.ts';
import { type AnswerTo, type TicketEvent, transition } from './transition.ts';

/**
 * Lets events happen in an open transaction, in their order: their tickets are locked and loaded, each event goes through
 * the rule, and what has changed is written, in a number of statements that does not grow with theirs. Answers for each event.
 */
export async function applyEvents<E extends TicketEvent>(
  database: Database,
  happening: readonly OnTicket<E>[],
): Promise<AnswerTo<E>[]> {
  if (happening.length === 0) return [];
  const locked = await lockTickets(
    database,
    Map.groupBy(happening, ({ ticket }) => ticketText(ticket)),
  );
  const now = new Map([...locked].map(([key, before]) => [key, { ...before, after: before.state }]));
  const answers = happening.map(({ ticket, event }) => {
    const key = ticketText(ticket);
    const before = now.get(key);
    if (before === undefined) throw new Error('a ticket was not locked');
    const { state: after, answer } = transition(before.after, event);
    now.set(key, { ...before, after });
    return answer;
  });
  await writeTickets(database, [...now.values()]);
  return answers;
}
