import { liveList, type PageSet } from '@ticket-check/admin';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ETicketTables } from '../e-ticket-tables.ts';
import { createETicketKeys } from './e-ticket-keys.ts';
import { acceptedUntil, keyState } from './key-plan.ts';

/** The keys that e-tickets are signed with, to be looked at, the newest first, without their private halves. Reading C5. */
export function eTicketKeyPages(store: Store<ETicketTables>, now: Clock): PageSet {
  const keys = createETicketKeys(store, now);

  async function list(): Promise<object> {
    const rows = await keys.list();
    return {
      Keys: rows.map((row) => ({
        KeyId: row.keyId,
        State: keyState(row, rows, now()),
        ValidFrom: wallClockAt(row.validFrom),
        SignsUntil: wallClockAt(row.signsUntil),
        ValidUntil: wallClockAt(acceptedUntil(row)),
        RevokedAt: row.revokedAt === null ? null : wallClockAt(row.revokedAt),
      })),
    };
  }

  const permission = 'cinemas.read';
  return {
    name: 'e-ticket-keys',
    json: [{ path: '/e-ticket-keys.json', permission, handler: list }],
    live: [liveList('e-ticket-keys', permission, list)],
  };
}
