import { ActionRefused, action, PageError, type PageSet } from '@ticket-check/admin';
import type { ChangeTables } from '@ticket-check/changes';
import { mayOperateFor, type OperationTables, tryOperation } from '@ticket-check/operators';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { ETicketTables } from './e-ticket-tables.ts';
import { pickUpJson, undoPickUp } from './pick-ups.ts';

const LONGEST_REASON = 500;

const body = z.strictObject({
  CinemaCode: z.string(),
  FilmTicketCode: z.string(),
  StartTime: z.string(),
  reason: z.string().trim().min(1).max(LONGEST_REASON),
});

/** Undoing a pick-up, from the screen of its ticket. Reading C5. */
export function pickUpPages(
  { now }: Pick<Service, 'now'>,
  store: Store<ETicketTables & ChangeTables & OperationTables>,
): PageSet {
  return {
    name: 'pick-ups',
    actions: [
      action({
        path: '/ticket/undo-pick-up',
        permission: 'entries.undo',
        needsPassword: true,
        body,
        async handler({ body: { reason, ...named }, operator, address }) {
          const ticket = {
            cinemaCode: named.CinemaCode,
            filmTicketCode: named.FilmTicketCode,
            startTime: named.StartTime,
          };
          if (!mayOperateFor(operator, ticket.cinemaCode)) throw new PageError('forbidden');
          const undone = await tryOperation(
            store,
            { name: 'pick-up undo', actor: operator.username, from: address, what: { reason, ...ticket }, now },
            (within) => undoPickUp(within, ticket),
            (before) => ({ before }),
          );
          if (undone === null) throw new ActionRefused('no-pick-up', 404);
          return pickUpJson(undone);
        },
      }),
    ],
  };
}
