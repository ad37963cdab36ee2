import { ActionRefused, action, liveList, PageError, type PageSet } from '@ticket-check/admin';
import type { ChangeTables } from '@ticket-check/check-records';
import { mayOperateFor, type OperationTables, tryOperation } from '@ticket-check/operators';
import type { Clock, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketTables } from './e-ticket-tables.ts';
import { createETicketKeys, keyJson } from './keys/e-ticket-keys.ts';
import { keyState } from './keys/key-plan.ts';
import { pickUpJson, undoPickUp } from './pick-ups.ts';

/** The keys that e-tickets are signed with, to be looked at, the newest first, without their private halves. Reading C5. */
export function eTicketKeyPages(store: Store<ETicketTables>, now: Clock): PageSet {
  const keys = createETicketKeys(store, now);

  async function list(): Promise<object> {
    const rows = await keys.list();
    return { Keys: rows.map((row) => ({ ...keyJson(row), State: keyState(row, rows, now()) })) };
  }

  const permission = 'cinemas.read';
  return {
    name: 'e-ticket-keys',
    json: [{ path: '/e-ticket-keys.json', permission, handler: list }],
    live: [liveList('e-ticket-keys', permission, list)],
  };
}

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
  store: Store<ETicketTables & ClaimTables & ChangeTables & OperationTables>,
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
